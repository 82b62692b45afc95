// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "decide.h"

#include <dtshim/pass.h>

#include "xen_nearest.h"

void shim_start_plan(struct shim_job *job)
{
    job->plan = (struct shim_plan){
        .tree = &job->tree,
        .policy = &job->policy,
        .facts = &job->facts,
        .arena = &job->arena,
    };
    job->plan.notes_end = &job->plan.notes;
}

static enum shim_code run_passes(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (unsigned i = 0; !code && i < shim_pass_count; i++)
        code = shim_passes[i].run(&job->plan, error);
    return code;
}

static enum shim_code decide_once(struct shim_job *job, const struct shim_nearest *nearest,
                                  struct shim_error *error)
{
    enum shim_code code;

    shim_start_plan(job);
    job->plan.nearest = nearest;
    code = run_passes(job, error);
    return code ? code : job->contract->decide(&job->plan, error);
}

/* ---- where the native base cannot be had -------------------------------------------- */

static bool may_be_elsewhere(const struct shim_job *job, enum shim_code code)
{
    const struct shim_policy *policy = &job->policy;

    return (code == SHIM_E_BASE || code == SHIM_E_PLACEMENT) && !job->plan.domain &&
           shim_policy_for(policy, SHIM_CONTRACT_XEN) &&
           !shim_policy_has(policy, SHIM_POLICY_DOM0_BASE) &&
           !shim_policy_has(policy, SHIM_POLICY_MACHINE_BASE);
}

/* What a place is judged by. */
static enum shim_code survey(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_memory_survey(plan, error);

    if (!code)
        code = shim_pass_modules(plan, error);
    if (!code)
        code = shim_pass_iommu(plan, error);
    return code ? code : shim_pass_dma(plan, error);
}

/* What is in the way of a survey is so at any base, and takes the place of `error`. */
static bool find_nearest(struct shim_job *job, struct shim_nearest *found,
                         struct shim_error *error)
{
    struct shim_arena start = job->arena;
    bool any;

    shim_start_plan(job);
    if (survey(&job->plan, error))
        return false;
    any = shim_xen_nearest(&job->plan, found);
    if (!any)
        error->remedy = "make dom0-mem smaller: no other place can be had for so much memory";
    start.full = job->arena.full;
    job->arena = start;
    return any && !start.full;
}

static void say_why(struct shim_job *job, struct shim_nearest *nearest,
                    const struct shim_error *native)
{
    const char *remedy = shim_say(&job->arena, "%s", native->remedy);

    if (nearest->native_size)
        remedy = shim_say(&job->arena, "dom0-mem %s; or %s", SHIM_SIZE(nearest->native_size),
                          remedy);
    nearest->why = shim_say(&job->arena, "%s", native->what);
    nearest->remedy = remedy;
}

/* `error` is why dom0 cannot be at the native base; it stays if there is no other place. */
static enum shim_code decide_nearest(struct shim_job *job, const struct shim_arena *start,
                                     struct shim_error *error)
{
    struct shim_nearest *nearest;

    job->arena = *start;
    nearest = shim_alloc(&job->arena, 1, sizeof(*nearest));
    if (!nearest || !find_nearest(job, nearest, error))
        return error->code;
    say_why(job, nearest, error);
    return decide_once(job, nearest, error);
}

enum shim_code shim_decide(struct shim_job *job, const struct shim_arena *start,
                           struct shim_error *error)
{
    enum shim_code code;

    job->arena = *start;
    code = decide_once(job, NULL, error);
    return may_be_elsewhere(job, code) ? decide_nearest(job, start, error) : code;
}
