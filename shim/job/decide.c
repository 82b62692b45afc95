// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/decide.h"

#include "shim/xen/block.h"
#include "shim/xen/boot.h"
#include "shim/xen/modules.h"
#include "shim/xen/told.h"


void shim_start_board(struct shim_job *job, bool hides)
{
    job->board = (struct shim_board){
        .tree = &job->tree,
        .policy = &job->policy,
        .facts = &job->facts,
        .guard = &job->guard,
        .hides = hides ? job->contract->guard->hides : NULL,
        .arena = &job->arena,
        .ramdisk = shim_find_ramdisk(&job->tree, &job->facts),
    };
}

void shim_find_kinds(struct shim_job *job)
{
    if (!shim_policy_for(&job->policy, SHIM_CONTRACT_XEN))
        return;
    job->kinds = shim_xen_kinds(shim_plan_boot(&job->plan), &job->tree, &job->arena);
    job->xen.kinds = job->xen.boot.kinds = job->kinds;
}

enum shim_code shim_find_told(struct shim_job *job, bool plan, struct shim_error *error)
{
    const uint16_t *kept;
    enum shim_code code;

    if (!shim_policy_for(&job->policy, SHIM_CONTRACT_XEN))
        return SHIM_OK;
    code = shim_xen_find_told(&job->plan, &job->board.told, plan ? &kept : NULL, error);
    if (!code && plan && !shim_wants_domain(&job->board))
        job->board.kept = kept;
    return code;
}

void shim_start_plan(struct shim_job *job)
{
    job->xen = (struct shim_xen_plan){ .releases = job->releases, .kinds = job->kinds };
    job->given = (struct shim_given){ 0 };
    job->native = (struct shim_native_plan){ 0 };
    job->plan = (struct shim_plan){
        .board = &job->board,
        .xen = &job->xen,
        .given = &job->given,
        .native = &job->native,
        .contract = job->contract,
        .tree = &job->tree,
        .policy = &job->policy,
        .facts = &job->facts,
        .arena = &job->arena,
    };
}

static enum shim_code run_passes(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (shim_pass *const *pass = job->contract->passes; !code && *pass; pass++)
        code = (*pass)(&job->plan, error);
    return code;
}

static enum shim_code decide_once(struct shim_job *job, const struct shim_nearest *nearest,
                                  struct shim_error *error)
{
    shim_start_plan(job);
    job->plan.nearest = nearest;
    return run_passes(job, error);
}

/* ---- where the native base cannot be had -------------------------------------------- */

/* The place is the plan's to choose. */
static bool is_free(const struct shim_job *job)
{
    const struct shim_policy *policy = &job->policy;

    return !job->plan.domain && job->contract->elsewhere &&
           !shim_policy_has(policy, SHIM_POLICY_DOM0_BASE) &&
           !shim_policy_has(policy, SHIM_POLICY_MACHINE_BASE);
}

static bool may_be_elsewhere(const struct shim_job *job, enum shim_code code)
{
    return (code == SHIM_E_BASE || code == SHIM_E_PLACEMENT) && is_free(job);
}

/* What was tried before dom0 got another place; kept in the arena. */
struct elsewhere {
    struct shim_error native; /* why it cannot be at its native base */
    struct shim_nearest nearest;
};

/* What is in the way at the native base is half the reason: nothing so large is free elsewhere. */
static void say_too_much(struct shim_job *job, struct shim_error *native)
{
    const char *there = shim_say(&job->arena, "%s", native->what);
    struct shim_text what = shim_text(native->what, sizeof(native->what));

    shim_textf(&what, "%s; and there is no other place for %s of dom0's memory", there,
               SHIM_SIZE(job->plan.dom0.size));
    native->remedy = "make dom0-mem smaller: there is no other place for this much memory";
}

/* False: there is no other place, and `native` says why not. */
static bool find_nearest(struct shim_job *job, struct elsewhere *elsewhere)
{
    struct shim_arena start = job->arena;
    bool any;

    shim_start_plan(job);
    if (job->contract->elsewhere(&job->plan, &any, &elsewhere->nearest, &elsewhere->native))
        return false; /* what is in its way is so at any base */
    if (!any)
        say_too_much(job, &elsewhere->native);
    start.full = job->arena.full;
    job->arena = start;
    return any;
}

/* What the size alone brings is found; the error's own remedy may be another way. */
static const char *remedy_of(struct shim_job *job, const struct elsewhere *elsewhere)
{
    const char *other = elsewhere->native.remedy;
    uint64_t size = elsewhere->nearest.native_size;

    if (!size)
        return other ? other : "nothing: no dom0-mem that is a power of two can be placed there";
    return other ? shim_say(&job->arena, "dom0-mem %s; or %s", SHIM_SIZE(size), other)
                 : shim_say(&job->arena, "dom0-mem %s", SHIM_SIZE(size));
}

static void say_why(struct shim_job *job, struct elsewhere *elsewhere)
{
    elsewhere->nearest.why = elsewhere->native.what;
    elsewhere->nearest.remedy = remedy_of(job, elsewhere);
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "to look for a place for dom0");
}

static enum shim_code decide_nearest(struct shim_job *job, struct elsewhere *elsewhere,
                                     struct shim_error *error)
{
    bool found = find_nearest(job, elsewhere);

    if (job->arena.full)
        return no_memory(error);
    if (!found) {
        *error = elsewhere->native;
        return error->code;
    }
    say_why(job, elsewhere);
    return decide_once(job, &elsewhere->nearest, error);
}

/* ---- where it serves too few ------------------------------------------------------------ */

/* The native base stands, and another place may serve more: every window comes before it. */
static bool find_better(struct shim_job *job, struct elsewhere *elsewhere)
{
    uint32_t unserved = job->contract->unserved(&job->plan);

    if (!find_nearest(job, elsewhere) || elsewhere->nearest.unserved >= unserved)
        return false;
    shim_fail(&elsewhere->native, SHIM_E_BASE, "", NULL,
              "set dom0-base, if dom0 does not use them",
              "there %u DMA masters or pools would not be served", unserved);
    say_why(job, elsewhere);
    return true;
}

/* Places that were looked at are given back; the native base is decided once more. */
static enum shim_code decide_better(struct shim_job *job, struct elsewhere *elsewhere,
                                    struct shim_arena arena, struct shim_error *error)
{
    bool better = find_better(job, elsewhere);

    if (job->arena.full)
        return no_memory(error);
    if (better && !decide_once(job, &elsewhere->nearest, error))
        return SHIM_OK;
    job->arena = arena;
    return decide_once(job, NULL, error);
}

static enum shim_code decide(struct shim_job *job, const struct shim_arena *start,
                             struct shim_error *error)
{
    struct elsewhere *elsewhere;
    struct shim_arena arena;
    enum shim_code code;

    job->arena = *start;
    elsewhere = shim_alloc(&job->arena, 1, sizeof(*elsewhere));
    if (!elsewhere)
        return no_memory(error);
    arena = job->arena;
    code = decide_once(job, NULL, &elsewhere->native);
    if (may_be_elsewhere(job, code)) {
        arena.full = job->arena.full;
        job->arena = arena;
        return arena.full ? no_memory(error) : decide_nearest(job, elsewhere, error);
    }
    if (!code && is_free(job) && !job->arena.full && job->contract->unserved(&job->plan))
        return decide_better(job, elsewhere, arena, error);
    if (code)
        *error = elsewhere->native;
    return code;
}

/* Where no base was asked for, a place that cannot be had has no remedy of its own. */
enum shim_code shim_decide(struct shim_job *job, const struct shim_arena *start,
                           struct shim_error *error)
{
    enum shim_code code = decide(job, start, error);

    if (code && !error->remedy)
        error->remedy = "choose another dom0-mem, or set dom0-base";
    return code;
}
