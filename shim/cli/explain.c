// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* explain: what a console log says of a boot, and the forecast of the tree that was booted. */
#include "explain.h"

#include <stdio.h>

#include "booted.h"
#include "commands.h"
#include "memory.h"
#include "trouble.h"

enum { ROOM = 1 << 16 };

/* ---- the tree beside it ------------------------------------------------------------------- */

/* What nobody says otherwise the log does: 4.20 where Xen's banner is in it. */
static void take_release(const struct explained *explained, const struct shim_facts *facts,
                         struct shim_policy *policy)
{
    if (!explained->log.release || facts->xen_release ||
        shim_policy_has(policy, SHIM_POLICY_XEN_VERSION))
        return;
    policy->given |= 1u << SHIM_POLICY_XEN_VERSION;
    policy->value[SHIM_POLICY_XEN_VERSION] = explained->log.release;
}

/* Of the first release that it may be, or the last, with a job of its own. */
static int look_ahead(const struct options *options, struct explained *explained,
                      const struct shim_facts *facts, bool last, struct shim_releases *releases)
{
    struct shim_policy policy = options->policy;
    struct file *file = &explained->tree_file;
    struct shim_job *job = &explained->job;
    struct shim_booted *booted = &explained->booted[explained->outlook_count];
    struct shim_error *error = &explained->error;

    take_release(explained, facts, &policy);
    if (shim_job_open(job, file->bytes, file->len, &policy, facts, arena_for(2 * file->len),
                      error))
        return complain(file->name, error);
    if (contradicts_tree(options, file, job))
        return EXIT_TROUBLE;
    if (shim_find_releases(releases, &job->policy, &job->facts, job->record.releases, error))
        return EXIT_SAME;
    shim_job_assume(job);
    if (shim_job_boot(job, booted, error) ||
        shim_job_forecast(job, booted, last ? releases->last : releases->first, false,
                          &explained->outlooks[explained->outlook_count], error))
        return EXIT_SAME;
    explained->outlook_count++;
    return EXIT_SAME;
}

static bool is_too_old(const struct options *options, const struct shim_log *log,
                       struct shim_error *error)
{
    bool old = log->release && log->release < SHIM_XEN_FIRST_RELEASE;

    if (old && !shim_policy_has(&options->policy, SHIM_POLICY_XEN_VERSION))
        shim_fail(error, SHIM_E_PAYLOAD, NULL, NULL, "add --xen-version 4.17 to see what Xen "
                                                     "4.17 does",
                  "Xen %s is older than 4.17, the first release that dtshim knows",
                  SHIM_RELEASE(log->release));
    return error->code;
}

static int take_tree(const struct options *options, const char *path, struct explained *explained)
{
    struct shim_facts facts = { .stage = { 0 } };
    struct shim_releases releases = { .first = NULL };
    int trouble;

    if (take_boot(options, &facts) || !file_read(path, &explained->tree_file))
        return EXIT_TROUBLE;
    if (is_too_old(options, &explained->log, &explained->error))
        return EXIT_SAME;
    if (!options->entry && explained->log.stub)
        facts.entry = SHIM_ENTRY_UEFI;
    shim_log_fill_facts(&explained->log, &facts);
    trouble = look_ahead(options, explained, &facts, false, &releases);
    if (trouble || !explained->outlook_count || releases.first == releases.last)
        return trouble;
    return look_ahead(options, explained, &facts, true, &releases);
}

static const struct shim_outlook *choose(const struct explained *explained)
{
    for (unsigned i = 0; i < explained->outlook_count; i++)
        if (shim_log_compare(&explained->log, &explained->outlooks[i]).match == SHIM_MATCH_AGREES)
            return &explained->outlooks[i];
    return explained->outlook_count ? &explained->outlooks[0] : NULL;
}

/* ---- what is printed ------------------------------------------------------------------------ */

static void print_forecasts(const struct explained *explained)
{
    for (unsigned i = 0; i < explained->outlook_count; i++)
        shim_report_log_match(&to_stdout, &explained->log, &explained->outlooks[i],
                              explained->tree_file.name);
    if (explained->tree_file.name && !explained->outlook_count)
        printf("\n  there is no forecast of %s: %s\n  what to do  %s\n",
               explained->tree_file.name, explained->error.what, explained->error.remedy);
}

static void print_page(struct explained *explained)
{
    const struct shim_outlook *outlook = explained->outlook;
    const struct shim_stop *stop =
        outlook ? shim_log_compare(&explained->log, outlook).stop : NULL;

    printf("%s: ", explained->log_file.name);
    shim_report_log_verdict(&to_stdout, &explained->log);
    shim_report_log(&to_stdout, &explained->log, stop,
                    outlook ? outlook->forecast.sight.tree : NULL, &explained->arena);
    shim_report_log_facts(&to_stdout, &explained->log);
    print_forecasts(explained);
}

static int exit_code(const struct explained *explained)
{
    switch (shim_log_verdict(&explained->log)) {
    case SHIM_LOG_BOOTED:
    case SHIM_LOG_OTHER:
        return EXIT_SAME;
    case SHIM_LOG_NONE:
        return complain_about(explained->log_file.name, "log",
                              "has no line from the console of a boot",
                              "give the output of a serial console, from U-Boot's last lines on");
    default:
        return EXIT_DIFFERENT;
    }
}

int command_explain(const struct options *options)
{
    static struct explained explained;
    struct file *file = &explained.log_file;
    int trouble, code;

    if (!file_read(options->files[0], file))
        return EXIT_TROUBLE;
    explained.arena = arena_of(2 * file->len + ROOM);
    if (!shim_log_read(&explained.log, file->bytes, file->len, &explained.arena))
        return complain_about(file->name, "memory", "not enough memory", "give dtshim more memory");
    trouble = options->file_count > 1 ? take_tree(options, options->files[1], &explained)
                                      : EXIT_SAME;
    if (trouble)
        return trouble;
    explained.outlook = choose(&explained);
    code = exit_code(&explained);
    if (options->json)
        json_explained(&explained);
    else if (code != EXIT_TROUBLE)
        print_page(&explained);
    return code;
}
