// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Would Xen still do with a recorded tree what its record says? */
#include "shim/job/forecast.h"
#include "shim/job/recognise.h"
#include "shim/xen/block.h"

static const char remedy[] = "start from the original tree: this one no longer holds what its "
                             "record promises";

static enum shim_code refuse_stop(const struct shim_outlook *outlook, struct shim_error *error)
{
    const struct shim_stop *stop = outlook->forecast.stop;
    struct shim_path path = { "" };

    if (stop->node != SHIM_NONE)
        path = shim_path(&outlook->booted->tree, stop->node);
    return shim_fail(error, SHIM_E_RECORD, path.s, NULL, remedy,
                     stop->words[0] ? "Xen %s would stop: %s: \"%s\""
                                    : "Xen %s would not get to dom0: %s%s",
                     outlook->forecast.boot.release->name, stop->why, stop->words);
}

static enum shim_code compare(const struct shim_job *job, const struct shim_outlook *outlook,
                              struct shim_error *error)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count;

    if (forecast->stop)
        return refuse_stop(outlook, error);
    count = shim_record_blocks(&job->record, blocks);
    if ((count == 1 || shim_record_is_banked(&job->record)) &&
        shim_dom0_has_blocks(&forecast->memory, blocks, count))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", "machine-block", remedy,
                     "Xen %s would give dom0 different memory, from 0x%llx on",
                     forecast->boot.release->name, SHIM_X(forecast->memory.banks[0].base));
}

static enum shim_code no_room(struct shim_error *error)
{
    return shim_no_room(error, "to look at what Xen would do");
}

static enum shim_code ask(struct shim_job *job, const struct shim_booted *booted,
                          const struct shim_release *release, struct shim_error *error)
{
    struct shim_arena before = job->arena;
    struct shim_outlook *outlook = shim_alloc(&job->arena, 1, sizeof(*outlook));
    enum shim_code code;

    if (!outlook)
        return no_room(error);
    code = shim_job_forecast(job, booted, release, false, outlook, error);
    if (!code)
        code = compare(job, outlook, error);
    job->arena = before;
    return code;
}

static enum shim_code ask_all(struct shim_job *job, struct shim_error *error)
{
    const struct shim_releases *releases = &job->releases;
    struct shim_arena before = job->arena;
    struct shim_booted *booted = shim_alloc(&job->arena, 1, sizeof(*booted));
    enum shim_code code = booted ? shim_job_boot(job, booted, error) : no_room(error);

    if (!code)
        code = ask(job, booted, releases->first, error);
    if (!code && releases->first != releases->last)
        code = ask(job, booted, releases->last, error);
    job->arena = before;
    return code;
}

enum shim_code shim_check_recorded_boot(struct shim_job *job, struct shim_error *error)
{
    struct shim_facts facts = job->facts;
    enum shim_code code;

    if (shim_wants_domain(&job->board))
        return SHIM_OK; /* of what Xen gives a domain nothing is foretold */
    job->facts.payload_count = 0; /* where a plan has put all of it the record says */
    job->facts.tree = (struct shim_range){ 0, 0 };
    shim_job_assume(job);
    code = ask_all(job, error);
    job->facts = facts;
    return code;
}
