// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* check: every rule that a tree breaks. */
#include "shim/job/check.h"

#include <stdio.h>

#include "booted.h"
#include "commands.h"
#include "file.h"
#include "jobs.h"
#include "live.h"
#include "memory.h"
#include "overlay.h"
#include "rules.h"
#include "shim/job/breaches.h"
#include "shim/job/promises.h"
#include "trouble.h"
#include "verdict.h"

static int list_rules(const struct options *options)
{
    if (options->json)
        return json_rules();
    for (unsigned i = 0; i < shim_trap_count; i++)
        if (shim_traps[i].find)
            printf("%s\n  why: %s\n  what to do: %s\n", shim_traps[i].id, shim_traps[i].why,
                   shim_traps[i].remedy);
    return EXIT_SAME;
}

/* Of a clean tree nothing is said, as diff says nothing of two that are the same. */
static int conclude(const struct options *options, const struct file *file,
                    struct shim_breaches *breaches)
{
    shim_end_breaches(breaches);
    if (options->quiet)
        name_verdict(options, file->name, false);
    else if (breaches->count)
        printf("%s: ", file->name);
    if (options->quiet || breaches->count)
        shim_report_breaches(&to_stdout, breaches);
    return breaches->count ? EXIT_DIFFERENT : EXIT_SAME;
}

/* The tree of a Linux that Xen has started, and the one that Xen was given. */
static int check_dom0(const struct options *options, const struct file *file, struct shim_job *job,
                      struct shim_check *check, struct shim_breaches *breaches)
{
    struct file beside = { .len = 0 };
    struct shim_tree applied;
    struct shim_error error;
    struct shim_iomem iomem;
    struct shim_arena arena;

    if (options->overlay_count)
        return complain_about(file->name, "overlay", "is dom0's tree, which Xen made from the "
                              "tree that it was given", "remove --overlay");
    if (live_iomem(options, &iomem) || (options->beside && !file_read(options->beside, &beside)))
        return EXIT_TROUBLE;
    arena = arena_for(beside.len);
    if (options->beside && shim_tree_check(&applied, beside.bytes, beside.len, &arena, &error))
        return complain(beside.name, &error);
    if (shim_check_promises(job, &iomem, options->beside ? &applied : NULL, check, &error))
        return refuse(options, file->name, "not checked", &error);
    if (!breaches->count && !options->quiet)
        printf("%s: the promises of the record hold\n", file->name);
    return conclude(options, file, breaches);
}

static int check_one(const struct options *options, const char *path)
{
    struct file file;
    struct shim_job job;
    struct shim_facts facts = { .stage = { 0 } };
    struct shim_error error;
    struct shim_breaches breaches = { .sink = options->quiet ? NULL : &to_stdout,
                                      .tree = &job.tree, .all = options->verbose };
    struct shim_check check = { .breach = shim_tell_breach, .self = &breaches };
    bool dom0;

    if (take_boot(options, &facts) || !tree_read(options, path, &file))
        return EXIT_TROUBLE;
    breaches.prefix = file.name;
    dom0 = options->live && live_is_xens(&file);
    if (!dom0 && live_take(options, &file, &facts))
        return EXIT_TROUBLE;
    if (shim_job_open(&job, file.bytes, file.len, &options->policy, &facts,
                      arena_for((dom0 ? 2 : 1) * file.len), &error))
        return refuse(options, file.name, "not checked", &error);
    if (dom0)
        return check_dom0(options, &file, &job, &check, &breaches);
    if (contradicts_tree(options, &file, &job))
        return EXIT_TROUBLE;
    if (shim_job_check(&job, &check, &error))
        return refuse(options, file.name, "not checked", &error);
    return conclude(options, &file, &breaches);
}

int command_check(const struct options *options)
{
    return options->list_rules ? list_rules(options) : each_file(options, check_one);
}
