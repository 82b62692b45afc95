// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The table of traps, as it stands: a row a line, with the releases and the parts that it has.
 * With a tree: the ids of what is found in it for a release, or for those assumed (0).
 *
 * usage: traps
 *        traps RELEASE TREE
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim/job/job.h"
#include "shim/xen/check.h"

static void print_row(const struct shim_trap *trap)
{
    printf("%s %u %u%s%s%s%s\n", trap->id, trap->since, trap->until, trap->find ? " find" : "",
           trap->mend.refuse ? " refuse" : "", trap->mend.decide ? " decide" : "",
           trap->mend.write ? " write" : "");
}

static void print_id(void *self, const struct shim_trap *trap, uint32_t node, const char *words)
{
    (void)self, (void)node, (void)words;
    puts(trap->id);
}

static int check(unsigned release, const char *path)
{
    static uint64_t blob[1 << 14], memory[1 << 18];
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(blob, 1, sizeof(blob), file) : 0;
    struct shim_policy policy = { .given = 0 };
    struct shim_error error;
    struct shim_job job;
    struct shim_check run = { .tree = &job.tree, .policy = &job.policy, .record = &job.record,
                              .plan = &job.plan, .breach = print_id };

    if (release) {
        policy.value[SHIM_POLICY_XEN_VERSION] = 400 + release;
        policy.given = 1u << SHIM_POLICY_XEN_VERSION;
    }
    if (!len || shim_job_open(&job, blob, len, &policy, NULL, shim_arena(memory, sizeof(memory)),
                              &error) ||
        shim_job_survey(&job, &error) || shim_check_all(&run, &error))
        return 1;
    fclose(file);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return check((unsigned)atoi(argv[1]), argv[2]);
    for (unsigned i = 0; i < shim_trap_count; i++)
        print_row(&shim_traps[i]);
    return 0;
}
