// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The library's door to the forecast. */
#include <dtshim.h>

#include "shim/base/mem.h"
#include "shim/job/forecast.h"

/* "4.20" */
static const struct shim_release *release_named(const char *name)
{
    for (unsigned minor = SHIM_XEN_OLDEST; minor <= SHIM_XEN_NEWEST; minor++)
        if (!strcmp(shim_release_row(minor)->name, name))
            return shim_release_row(minor);
    return NULL;
}

static void fill_stop(struct shim_foreseen *foreseen, const struct shim_stop *stop,
                      const struct shim_tree *tree, struct shim_arena *arena)
{
    foreseen->stop = stop->id;
    foreseen->silent = stop->silent;
    foreseen->words = stop->words;
    foreseen->why = stop->why;
    foreseen->remedy = stop->remedy;
    foreseen->node = stop->node == SHIM_NONE ? "" : shim_say(arena, "%s", SHIM_PATH(tree, stop->node));
}

static void fill_dom0(struct shim_foreseen *foreseen, const struct shim_forecast *forecast)
{
    const struct shim_dom0_memory *memory = &forecast->memory;

    foreseen->boots = true;
    foreseen->memory = memory->size;
    foreseen->banks = memory->banks;
    foreseen->bank_count = memory->count;
    foreseen->sure = memory->sure;
    foreseen->kernel = memory->kernel;
    foreseen->ramdisk = memory->ramdisk;
    foreseen->tree = memory->tree;
    foreseen->grants = memory->grants;
    foreseen->regions = memory->regions.at;
    foreseen->region_count = memory->regions.count;
    foreseen->dom0_tree = forecast->dom0.blob;
    foreseen->dom0_tree_size = forecast->dom0.blob ? forecast->dom0.len : 0;
}

/* For all releases that are asked for, one after the other. */
static enum shim_code boot_once(struct shim_job *job, struct shim_error *error)
{
    struct shim_booted *booted;
    enum shim_code code;

    if (job->booted)
        return SHIM_OK;
    booted = shim_alloc(&job->arena, 1, sizeof(*booted));
    if (!booted)
        return shim_no_room(error, "for a forecast");
    code = shim_job_boot(job, booted, error);
    if (!code)
        job->booted = booted;
    return code;
}

enum shim_code dtshim_forecast(struct shim_job *job, const char *release, bool with_tree,
                               struct shim_foreseen *foreseen, struct shim_error *error)
{
    const struct shim_release *row = release_named(release);
    struct shim_outlook *outlook = shim_alloc(&job->arena, 1, sizeof(*outlook));
    enum shim_code code;

    if (!row)
        return shim_fail(error, SHIM_E_POLICY, "", NULL, "give one of 4.17 to 4.22",
                         "dtshim knows no release of Xen called %s", release);
    if (!outlook)
        return shim_no_room(error, "for a forecast");
    shim_job_assume(job);
    code = boot_once(job, error);
    if (!code)
        code = shim_job_forecast(job, job->booted, row, with_tree, outlook, error);
    if (code)
        return code;
    *foreseen = (struct shim_foreseen){ .release = row->name,
                                        .run = shim_was_run(&outlook->forecast.boot),
                                        .outlook = outlook };
    if (outlook->forecast.stop)
        fill_stop(foreseen, outlook->forecast.stop, outlook->forecast.sight.tree, &job->arena);
    else
        fill_dom0(foreseen, &outlook->forecast);
    return job->arena.full ? shim_no_room(error, "for the words of a forecast") : SHIM_OK;
}

void dtshim_report_forecast(const struct shim_foreseen *foreseen, const struct shim_sink *sink)
{
    shim_report_verdict(sink, foreseen->outlook);
    shim_report_details(sink, foreseen->outlook, NULL);
}
