// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The whole job on many trees: check, plan and apply; beside it fdt_check_full() and
 * memcpy() of the same tree.
 *
 * usage: corpus CONTRACT TREE...; prints for each tree "size outcome". Those that are
 * planned have three counts each, in this order, by these names: job, check, copy.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "shim/job/job.h"

struct run {
    struct shim_policy policy;
    struct bytes tree;
    struct bytes arena;
    struct bytes out;
};

static void set(struct shim_policy *policy, enum shim_policy_field field, const char *text,
                struct shim_arena *arena)
{
    struct shim_error error = { .what = "" };

    require(!shim_policy_set(policy, field, text, arena, &error), error.what);
}

/* Not every tree says what RAM there is: all are told the same. */
static struct shim_policy policy_for(const char *contract)
{
    static uint64_t words[64];
    struct shim_arena arena = shim_arena(words, sizeof(words));
    struct shim_policy policy = { .given = 0 };

    set(&policy, SHIM_POLICY_CONTRACT, contract, &arena);
    set(&policy, SHIM_POLICY_RAM, "0x80000000:1G", &arena);
    set(&policy, SHIM_POLICY_DOM0_MEM, "128M", &arena);
    return policy;
}

static enum shim_code run_job(struct run *run, struct shim_error *error)
{
    struct shim_job job;
    size_t len;
    enum shim_code code = shim_job_open(&job, run->tree.at, run->tree.len, &run->policy, NULL,
                                        shim_arena(run->arena.at, run->arena.len), error);

    if (!code)
        code = shim_job_plan(&job, error);
    return code ? code : shim_job_apply(&job, run->out.at, run->out.len, &len, error);
}

static void count_others(struct run *run)
{
    int code;

    count_from_here();
    code = fdt_check_full(run->tree.at, run->tree.len);
    count_to_here("check");
    require(!code, "fdt_check_full");
    count_from_here();
    memcpy(run->out.at, run->tree.at, run->tree.len);
    count_to_here("copy");
}

static void count_tree(struct run *run, const char *path)
{
    struct shim_error error = { .code = SHIM_OK };
    enum shim_code code;

    run->tree = read_file(path);
    require(run->tree.len < run->out.len / 2, "a tree is too large for this program");
    count_from_here();
    code = run_job(run, &error);
    count_to_here(code ? "refused" : "job");
    if (!code)
        count_others(run);
    printf("%zu %s\n", run->tree.len, code ? shim_code_name(code) : "planned");
    free(run->tree.at);
}

int main(int argc, char **argv)
{
    struct run run = { .out = { NULL, 4 << 20 } };

    require(argc > 2, "usage: corpus CONTRACT TREE...");
    run.policy = policy_for(argv[1]);
    run.out.at = memory(run.out.len);
    run.arena = (struct bytes){ NULL, shim_memory_for(run.out.len) };
    run.arena.at = memory(run.arena.len);
    for (int i = 2; i < argc; i++)
        count_tree(&run, argv[i]);
    return 0;
}
