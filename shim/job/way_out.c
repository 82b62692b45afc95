// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What to do about a refusal, found by trying: each change of the policy is planned in
 * full, and the first that has a plan is named. Where nobody has said which Xen it is for,
 * one of the two may be the one that stops.
 */
#include "shim/base/mem.h"
#include "shim/job/decide.h"

#define LEAST_DOM0 ((uint64_t)64 << 20) /* less boots no kernel of a distribution */

/* What a refused plan is tried again with. */
struct change {
    uint64_t size; /* dom0-mem */
    bool free;     /* no dom0-base, no machine-base */
};

static bool is_about_memory(enum shim_code code)
{
    return code == SHIM_E_BASE || code == SHIM_E_PLACEMENT || code == SHIM_E_DOM0_SIZE;
}

static bool names_place(const struct shim_policy *policy)
{
    return shim_policy_has(policy, SHIM_POLICY_DOM0_BASE) ||
           shim_policy_has(policy, SHIM_POLICY_MACHINE_BASE);
}

static void drop(struct shim_policy *policy, enum shim_policy_field field)
{
    policy->given &= ~(1u << field);
    policy->value[field] = 0;
}

static void set_size(struct shim_policy *policy, uint64_t size)
{
    policy->given |= 1u << SHIM_POLICY_DOM0_MEM;
    policy->value[SHIM_POLICY_DOM0_MEM] = size;
}

/* The next power of two below, or above. */
static uint64_t neighbour(uint64_t size, bool larger)
{
    uint64_t power = (uint64_t)1 << (63 - __builtin_clzll(size));

    if (larger)
        return power >> 62 ? 0 : power * 2;
    return power == size ? power / 2 : power;
}

/* ---- trying --------------------------------------------------------------------------- */

struct trial {
    struct shim_policy asked;
    struct shim_policy for_one; /* the same, for one release */
    struct shim_error ignored;
    struct shim_arena arena; /* what was free before all trials, */
    struct shim_arena start; /* and behind the survey of this one */
    uint64_t size;        /* dom0's, as it was refused */
    struct change change; /* what is being tried */
};

/* For a xen,domain, which a place of its own may make of dom0, other devices count. */
static bool survey_again(struct shim_job *job, struct trial *trial)
{
    job->arena = trial->arena;
    shim_start_board(job, true);
    if (shim_survey_memory(&job->board, &trial->ignored) ||
        shim_survey(&job->board, &trial->ignored))
        return false;
    trial->start = job->arena;
    return true;
}

/* Xen would do what this plan says. Not inlined: has_plan() calls deeper. */
__attribute__((noinline))
static bool comes_true(struct shim_job *job, struct trial *trial)
{
    shim_edits_init(&job->edits, &job->tree, &job->arena);
    return !shim_job_write(job, &trial->ignored) && !shim_job_prove(job, &trial->ignored);
}

static bool has_plan(struct shim_job *job, struct trial *trial, uint64_t size, bool free)
{
    trial->change = (struct change){ size, free };
    job->policy = trial->asked;
    if (size != trial->size)
        set_size(&job->policy, size);
    if (free) {
        drop(&job->policy, SHIM_POLICY_DOM0_BASE);
        drop(&job->policy, SHIM_POLICY_MACHINE_BASE);
    }
    return survey_again(job, trial) && !shim_decide(job, &trial->start, &trial->ignored) &&
           comes_true(job, trial);
}

/* For that Xen alone; its number in the policy, or 0. */
static unsigned works_for(struct shim_job *job, struct trial *trial,
                          const struct shim_release *release)
{
    unsigned number = SHIM_XEN_FIRST_RELEASE - SHIM_XEN_OLDEST + release->minor;
    bool found;

    trial->asked = trial->for_one;
    trial->asked.given |= 1u << SHIM_POLICY_XEN_VERSION;
    trial->asked.value[SHIM_POLICY_XEN_VERSION] = number;
    job->policy = trial->asked;
    found = !shim_job_find_releases(job, &trial->ignored) &&
            has_plan(job, trial, trial->size, false);
    return found ? number : 0;
}

/* With the place that was named, if it was, or else with any. */
static bool works_with(struct shim_job *job, struct trial *trial, uint64_t size)
{
    return (size != trial->size && has_plan(job, trial, size, false)) ||
           (names_place(&trial->asked) && has_plan(job, trial, size, true));
}

static bool find(struct shim_job *job, struct trial *trial, uint64_t most)
{
    bool found = works_with(job, trial, trial->size);
    uint64_t size = trial->size > most ? most + 1 : trial->size; /* there is no more than that */

    while (!found && (size = neighbour(size, false)) >= LEAST_DOM0)
        found = works_with(job, trial, size);
    size = trial->size;
    while (!found && (size = neighbour(size, true)) && size <= most)
        found = works_with(job, trial, size);
    return found;
}

/* ---- words ------------------------------------------------------------------------------ */

/* As an option takes it. */
static void say_size(struct shim_text *text, uint64_t size)
{
    bool giga = size % ((uint64_t)1 << 30) == 0;

    shim_textf(text, "dom0-mem %llu%s", SHIM_X(size >> (giga ? 30 : 20)), giga ? "G" : "M");
}

/* Under xen a machine-base of its own would mean a domain, which dom0 is not. */
static void say_place(struct shim_text *text, const struct trial *trial,
                      const struct shim_plan *plan)
{
    bool machine = shim_policy_has(&trial->asked, SHIM_POLICY_MACHINE_BASE) &&
                   (plan->domain || !shim_policy_for(plan->policy, SHIM_CONTRACT_XEN));

    shim_textf(text, "%s 0x%llx", machine ? "machine-base" : "dom0-base",
               SHIM_X(machine ? plan->machine_base : plan->dom0.base));
}

static void say(struct shim_error *error, const struct trial *trial, const struct shim_plan *plan)
{
    struct shim_text text = shim_text(error->works, sizeof(error->works));
    bool resized = trial->change.size != trial->size;

    if (resized)
        say_size(&text, trial->change.size);
    if (resized && trial->change.free)
        shim_text_string(&text, ", ");
    if (trial->change.free)
        say_place(&text, trial, plan);
}

static void try_memory(struct shim_job *job, struct trial *trial, struct shim_error *error)
{
    uint64_t most = shim_ranges_total(&job->plan.board->ram);

    if (is_about_memory(error->code) && trial->size && find(job, trial, most))
        say(error, trial, &job->plan);
}

static void try_releases(struct shim_job *job, struct trial *trial, struct shim_error *error)
{
    const struct shim_release *last = job->releases.last;
    struct shim_text text = shim_text(error->works, sizeof(error->works));
    unsigned number;

    trial->for_one = trial->asked;
    number = works_for(job, trial, job->releases.first);
    if (!number)
        number = works_for(job, trial, last);
    if (number)
        shim_textf(&text, "xen-version %s", SHIM_RELEASE(number));
    trial->asked = job->policy = trial->for_one;
    shim_job_find_releases(job, &trial->ignored);
}

/* It may have been said for this plan alone, in the memory that the trials get. */
static bool keep_remedy(struct shim_arena *arena, struct shim_error *error)
{
    size_t len = error->remedy ? strlen(error->remedy) + 1 : 0;
    char *kept = len ? shim_alloc(arena, len, 1) : NULL;

    if (!kept)
        return false;
    memmove(kept, error->remedy, len);
    error->remedy = kept;
    return true;
}

void shim_find_way_out(struct shim_job *job, const struct shim_arena *start,
                       struct shim_error *error)
{
    struct shim_arena arena = *start, before;
    struct trial *trial;

    if (!keep_remedy(&arena, error))
        return;
    before = arena;
    trial = shim_alloc(&arena, 1, sizeof(*trial));
    if (!trial)
        return;
    *trial = (struct trial){ .asked = job->policy, .arena = arena, .start = arena,
                             .size = job->plan.dom0.size };
    try_memory(job, trial, error);
    if (!error->works[0] && job->releases.source == SHIM_RELEASE_ASSUMED &&
        shim_policy_for(&job->policy, SHIM_CONTRACT_XEN))
        try_releases(job, trial, error);
    job->policy = trial->asked;
    job->arena = before;
}
