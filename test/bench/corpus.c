// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The whole job on many trees: check, plan and apply, and a forecast of what was written for the
 * oldest and the newest release that it may be; all of it printed. Beside it fdt_check_full() and
 * memcpy() of the same tree.
 *
 * usage: corpus CONTRACT TREE...; prints for each tree "size outcome", and how much its pages
 * have. Those that are planned have a count for each step, by these names: check, plan,
 * forecast (not of contract native, which has none), fdt_check_full, copy. What is refused has
 * the counts until then.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dtshim.h>

#include "bench.h"
#include "shim/job/breaches.h"
#include "shim/job/check.h"
#include "shim/job/report.h"

struct run {
    struct shim_policy policy;
    struct bytes tree;
    struct bytes arena;
    struct bytes out;
    size_t written;
    size_t printed;
};

static void print(void *self, const char *text)
{
    *(size_t *)self += strlen(text);
}

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

static struct shim_arena arena_of(const struct run *run)
{
    return shim_arena(run->arena.at, run->arena.len);
}

static enum shim_code check(struct run *run, struct shim_error *error)
{
    struct shim_sink sink = { .put = print, .self = &run->printed };
    struct shim_job job;
    struct shim_breaches breaches = { .sink = &sink, .tree = &job.tree, .prefix = "" };
    struct shim_check check = { .breach = shim_tell_breach, .self = &breaches };
    enum shim_code code = shim_job_open(&job, run->tree.at, run->tree.len, &run->policy, NULL,
                                        arena_of(run), error);

    if (!code)
        code = shim_job_check(&job, &check, error);
    if (code)
        return code;
    shim_end_breaches(&breaches);
    shim_report_breaches(&sink, &breaches);
    return SHIM_OK;
}

static enum shim_code plan_and_apply(struct run *run, struct shim_error *error)
{
    struct shim_sink sink = { .put = print, .self = &run->printed };
    struct shim_job job;
    enum shim_code code = shim_job_open(&job, run->tree.at, run->tree.len, &run->policy, NULL,
                                        arena_of(run), error);

    if (!code)
        code = shim_job_plan(&job, error);
    if (!code)
        code = shim_job_promise(&job, error);
    if (code)
        return code;
    shim_report_plan(&sink, &job, false);
    return shim_job_apply(&job, run->out.at, run->out.len, &run->written, error);
}

static enum shim_code forecast_one(struct run *run, struct shim_job *job,
                                   const struct shim_release *release, struct shim_error *error)
{
    struct shim_sink sink = { .put = print, .self = &run->printed };
    struct shim_foreseen foreseen;
    enum shim_code code = dtshim_forecast(job, release->name, false, &foreseen, error);

    if (!code)
        dtshim_report_forecast(&foreseen, &sink);
    return code;
}

static enum shim_code forecast(struct run *run, struct shim_error *error)
{
    struct shim_job job;
    enum shim_code code = shim_job_open(&job, run->out.at, run->written, &run->policy, NULL,
                                        arena_of(run), error);

    if (!code)
        code = shim_job_find_releases(&job, error);
    if (!code)
        code = forecast_one(run, &job, job.releases.first, error);
    return code ? code : forecast_one(run, &job, job.releases.last, error);
}

static const struct step {
    const char *name;
    enum shim_code (*run)(struct run *run, struct shim_error *error);
    bool native;
} steps[] = {
    { "check", check, true },
    { "plan", plan_and_apply, true },
    { "forecast", forecast, false },
};

static void count_others(struct run *run)
{
    int code;

    count_from_here();
    code = fdt_check_full(run->tree.at, run->tree.len);
    count_to_here("fdt_check_full");
    require(!code, "fdt_check_full");
    count_from_here();
    memcpy(run->out.at, run->tree.at, run->tree.len);
    count_to_here("copy");
}

static enum shim_code count_steps(struct run *run)
{
    struct shim_error error = { .code = SHIM_OK };
    enum shim_code code = SHIM_OK;

    for (unsigned i = 0; !code && i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (shim_policy_for(&run->policy, SHIM_CONTRACT_NATIVE) && !steps[i].native)
            continue;
        count_from_here();
        code = steps[i].run(run, &error);
        count_to_here(steps[i].name);
    }
    return code;
}

static void count_tree(struct run *run, const char *path)
{
    enum shim_code code;

    run->tree = read_file(path);
    run->printed = 0;
    require(run->tree.len < run->out.len / 2, "a tree is too large for this program");
    code = count_steps(run);
    if (!code)
        count_others(run);
    printf("%zu %s %zu\n", run->tree.len, code ? shim_code_name(code) : "planned", run->printed);
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
