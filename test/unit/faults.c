// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A plan with less and less memory: the same plan, or an error that says so.
 * usage: arena TREE; prints "plans refusals"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dtshim/job.h>

static const struct shim_facts host;
static struct shim_policy policy;

static enum shim_code plan(struct shim_job *job, const void *blob, size_t len, void *memory,
                           size_t size)
{
    struct shim_error error = { .code = SHIM_OK };
    enum shim_code code = shim_job_plan(job, blob, len, &policy, &host, shim_arena(memory, size),
                                        &error);

    if (code && code != SHIM_E_MEMORY) {
        fprintf(stderr, "arena: %zu bytes: %s\n", size, error.what);
        exit(1);
    }
    return code;
}

int main(int argc, char **argv)
{
    static uint64_t blob[1 << 14], memory[1 << 18];
    unsigned long plans = 0, refusals = 0;
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    struct shim_job whole, job;
    size_t len, used;

    if (!file)
        return 2;
    len = fread(blob, 1, sizeof(blob), file);
    fclose(file);
    policy = shim_policy_default();
    policy.value[SHIM_POLICY_CONTRACT] = SHIM_CONTRACT_NATIVE;
    policy.given = 1u << SHIM_POLICY_CONTRACT;
    if (plan(&whole, blob, len, memory, sizeof(memory)))
        return 2;
    used = sizeof(memory) - shim_arena_left(&whole.arena);
    for (size_t size = 0; size <= used + 64; size += 8) {
        if (plan(&job, blob, len, memory, size)) {
            refusals++;
        } else if (job.size == whole.size) {
            plans++;
        } else {
            fprintf(stderr, "arena: %zu bytes: another plan\n", size);
            return 1;
        }
    }
    printf("%lu %lu\n", plans, refusals);
    return 0;
}
