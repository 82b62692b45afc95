// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where the plan puts modules for a stage that reaches memory up to REACH alone. usage: reach TREE REACH */
#include <stdio.h>
#include <stdlib.h>

#include "shim/job/job.h"
#include "shim/job/report.h"

static void put(void *self, const char *text)
{
    fputs(text, self);
}

int main(int argc, char **argv)
{
    static uint64_t blob[1 << 14];
    static uint64_t memory[1 << 18];
    struct shim_facts facts = { .kernel_bits = 32 };
    struct shim_policy policy = shim_policy_default();
    struct shim_sink sink = { .put = put, .self = stdout };
    FILE *file = argc > 2 ? fopen(argv[1], "rb") : NULL;
    struct shim_error error;
    struct shim_job job;
    size_t len;

    if (!file)
        return 2;
    len = fread(blob, 1, sizeof(blob), file);
    fclose(file);
    facts.reach = strtoull(argv[2], NULL, 0);
    policy.value[SHIM_POLICY_CONTRACT] = SHIM_CONTRACT_XEN;
    policy.given = 1u << SHIM_POLICY_CONTRACT;
    if (shim_job_open(&job, blob, len, &policy, &facts, shim_arena(memory, sizeof(memory)), &error) ||
        shim_job_plan(&job, &error)) {
        shim_report_error(&sink, "", &error);
        return 1;
    }
    for (uint32_t i = 0; i < job.plan.module_count; i++)
        printf("%s 0x%llx\n", shim_plan_module_word(&job.plan, job.plan.modules[i].kind),
               (unsigned long long)job.plan.modules[i].to);
    return 0;
}
