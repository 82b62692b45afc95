// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/check.h"

#include "shim/base/mem.h"
#include "shim/job/forecast.h"

enum { RELEASES_MAX = 2 };

static bool is_same(const struct shim_stop *a, const struct shim_stop *b)
{
    return !strcmp(a->id, b->id) && a->node == b->node && !strcmp(a->words, b->words);
}

/* The forecast may be of a tree with RAM filled in: the node's number is of that. */
static uint32_t node_here(const struct shim_job *job, const struct shim_outlook *outlook)
{
    uint32_t node = outlook->forecast.stop->node;

    return node == SHIM_NONE ? SHIM_NONE
                             : shim_node_at(&job->tree, SHIM_PATH(&outlook->booted->tree, node));
}

static void note(struct shim_check *check, const struct shim_job *job,
                 const struct shim_outlook *outlook)
{
    struct shim_check_stop *stop = &check->stops[check->stop_count];
    struct shim_text why = shim_text(stop->why, sizeof(stop->why));

    *stop = (struct shim_check_stop){
        .stop = *outlook->forecast.stop,
        .first = outlook->forecast.boot.release, .last = outlook->forecast.boot.release,
    };
    stop->stop.node = node_here(job, outlook);
    shim_textf(&why, "%s", stop->stop.why);
    stop->stop.why = stop->why;
    if (check->stop_count && is_same(&check->stops[0].stop, &stop->stop))
        check->stops[0].last = stop->last;
    else
        check->stop_count++;
}

static bool is_same_stray(const struct shim_check_stray *a, const struct shim_check_stray *b)
{
    return a->at.base == b->at.base && a->at.size == b->at.size && a->maybe == b->maybe;
}

/* It need not be elsewhere now: a plan counts on what is the same at each boot. */
static void note_stray(struct shim_check *check, const struct shim_job *job,
                       const struct shim_outlook *outlook)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    const struct shim_dom0_memory *memory = &forecast->memory;
    struct shim_check_stray *stray = &check->strays[check->stray_count];
    struct shim_range planned[SHIM_BLOCKS_MAX];

    if (!shim_planned_banks(job, planned) || (!outlook->planned_count && memory->sure_of_memory))
        return;
    *stray = (struct shim_check_stray){ .planned = planned[0].base, .first = forecast->boot.release,
                                        .last = forecast->boot.release };
    stray->maybe = memory->count && !memory->sure_of_memory;
    if (memory->count && !stray->maybe)
        stray->at = memory->banks[0];
    if (check->stray_count && is_same_stray(&check->strays[0], stray))
        check->strays[0].last = stray->last;
    else
        check->stray_count++;
}

/* With a payload that is only assumed it would be another one. */
static bool add_memory(struct shim_check *check, const struct shim_outlook *outlook)
{
    const struct shim_dom0_memory *memory = &outlook->forecast.memory;
    uint32_t guesses = 1 << SHIM_UNKNOWN_PAYLOAD | 1 << SHIM_UNKNOWN_XEN | 1 << SHIM_UNKNOWN_BANKS;
    bool room = true;

    if (outlook->forecast.stop || outlook->unknown & guesses)
        return true;
    for (uint32_t i = 0; room && i < memory->count; i++)
        room = shim_ranges_add(&check->dom0, memory->banks[i]);
    return room;
}

/* In what is left of the arena. */
static enum shim_code ask(struct shim_job *job, const struct shim_booted *booted,
                          struct shim_check *check, const struct shim_release *release,
                          struct shim_error *error)
{
    struct shim_arena before = job->arena;
    struct shim_outlook *outlook = shim_alloc(&job->arena, 1, sizeof(*outlook));
    enum shim_code code;

    if (!outlook)
        return shim_no_room(error, "for a forecast");
    code = shim_job_forecast(job, booted, release, false, outlook, error);
    if (!code && outlook->forecast.stop)
        note(check, job, outlook);
    if (!code && !outlook->forecast.stop)
        note_stray(check, job, outlook);
    if (!code && !add_memory(check, outlook))
        code = shim_no_room(error, "for dom0's banks");
    job->arena = before;
    return code;
}

static enum shim_code ask_all(struct shim_job *job, struct shim_check *check,
                              struct shim_error *error)
{
    const struct shim_releases *releases = &job->releases;
    struct shim_arena before = job->arena;
    struct shim_booted *booted = shim_alloc(&job->arena, 1, sizeof(*booted));
    enum shim_code code;

    if (!booted)
        return shim_no_room(error, "for a forecast");
    code = shim_job_boot(job, booted, error);
    if (!code)
        code = ask(job, booted, check, releases->first, error);
    if (!code && releases->first != releases->last)
        code = ask(job, booted, check, releases->last, error);
    job->arena = before;
    return code;
}

/* The part of a tree that is handed to a domain: Xen reads it, and starts with another. */
static bool is_partial(const struct shim_tree *tree)
{
    return shim_child(tree, SHIM_ROOT, "passthrough") != SHIM_NONE &&
           shim_child(tree, SHIM_ROOT, "cpus") == SHIM_NONE;
}

/* Of what was made for no Xen there is nothing to foretell. */
static enum shim_code foretell(struct shim_job *job, struct shim_check *check,
                               struct shim_error *error)
{
    check->stops = shim_alloc(&job->arena, RELEASES_MAX, sizeof(*check->stops));
    check->strays = shim_alloc(&job->arena, RELEASES_MAX, sizeof(*check->strays));
    if (!check->stops || !check->strays ||
        !shim_ranges_init(&check->dom0, &job->arena, RELEASES_MAX * SHIM_XEN_BANKS_MAX))
        return shim_no_room(error, "for a forecast");
    if (!shim_policy_for(&job->policy, SHIM_CONTRACT_XEN) || is_partial(&job->tree))
        return SHIM_OK;
    shim_job_assume(job);
    return ask_all(job, check, error);
}

enum shim_code shim_job_check(struct shim_job *job, struct shim_check *check,
                              struct shim_error *error)
{
    enum shim_code code;

    check->tree = &job->tree;
    check->policy = &job->policy;
    check->record = &job->record;
    check->plan = &job->plan;
    code = shim_job_survey(job, error);
    if (!code)
        code = foretell(job, check, error);
    return code ? code : shim_check_all(check, error);
}
