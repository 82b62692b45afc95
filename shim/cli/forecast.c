// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* forecast: what Xen does with a tree as it stands. */
#define _XOPEN_SOURCE 700
#include "forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "booted.h"
#include "commands.h"
#include "file.h"
#include "hints.h"
#include "jobs.h"
#include "json_write.h"
#include "live.h"
#include "memory.h"
#include "output.h"
#include "overlay.h"
#include "shim/xen/modules.h"
#include "trouble.h"
#include "verdict.h"

enum { RELEASES_MAX = 2 };

/* ---- one file ------------------------------------------------------------------------ */

struct ahead {
    struct shim_job job;
    struct shim_booted booted;
    struct shim_releases releases;
    struct shim_outlook outlooks[RELEASES_MAX]; /* of the first release, and of the last */
    unsigned count;
};

static int start(const struct options *options, const struct file *file,
                 const struct shim_facts *facts, struct ahead *ahead)
{
    struct shim_job *job = &ahead->job;
    struct shim_error error;

    ahead->count = 0;
    if (shim_job_open(job, file->bytes, file->len, &options->policy, facts,
                      arena_for(2 * file->len), &error))
        return refuse(options, file->name, "no forecast", &error);
    if (contradicts_tree(options, file, job))
        return EXIT_TROUBLE;
    if (shim_find_releases(&ahead->releases, &job->policy, &job->facts, job->record.releases,
                           &error))
        return refuse(options, file->name, "no forecast", &error);
    shim_job_assume(job);
    if (shim_job_boot(job, &ahead->booted, &error))
        return refuse(options, file->name, "no forecast", &error);
    return EXIT_SAME;
}

static int look_ahead(const struct options *options, const struct file *file,
                      const struct shim_release *release, struct ahead *ahead)
{
    struct shim_error error;

    if (shim_job_forecast(&ahead->job, &ahead->booted, release, options->output != NULL,
                          &ahead->outlooks[ahead->count++], &error))
        return refuse(options, file->name, "no forecast", &error);
    return EXIT_SAME;
}

/* ---- what is printed ------------------------------------------------------------------ */

static void print_json(const struct file *file, const struct ahead *ahead)
{
    json_open(NULL, '{');
    json_number("format", 1);
    json_words("version", SHIM_VERSION);
    json_words("file", file->name);
    json_words("model", shim_string(shim_prop_named(&ahead->job.tree, 0, "model")));
    json_open("forecasts", '[');
    for (unsigned i = 0; i < ahead->count; i++)
        json_forecast(&ahead->outlooks[i]);
    json_close(']');
    json_close('}');
    if (!array_is_open())
        putchar('\n');
}

static void grow(void *self, const char *text)
{
    fputs(text, self);
}

/* The rest of the page; NULL: no memory. */
static char *details_of(const struct shim_outlook *outlook)
{
    char *words = NULL;
    size_t len;
    FILE *into = open_memstream(&words, &len);
    struct shim_sink sink = { .put = grow, .self = into };

    if (!into)
        return NULL;
    shim_report_details(&sink, outlook, forecast_hints);
    return fclose(into) ? NULL : words;
}

/* What is the same under both releases is said once. */
static void print_pages(const struct ahead *ahead)
{
    char *pages[RELEASES_MAX] = { NULL };
    unsigned count = ahead->count;

    for (unsigned i = 0; i < count; i++)
        pages[i] = details_of(&ahead->outlooks[i]);
    for (unsigned i = 0; i < count; i++) {
        bool same = i + 1 < count && pages[i] && pages[i + 1] && !strcmp(pages[i], pages[i + 1]);

        shim_report_verdict(&to_stdout, &ahead->outlooks[i]);
        if (!same && pages[i])
            printf("%s%s", pages[i], i + 1 < count ? "\n" : "");
    }
    for (unsigned i = 0; i < count; i++)
        free(pages[i]);
}

/* A line for each release. */
static void print_verdicts(const struct options *options, const struct file *file,
                           const struct ahead *ahead)
{
    for (unsigned i = 0; tells_verdict(options) && i < ahead->count; i++) {
        name_verdict(options, file->name, false);
        shim_report_verdict(&to_stdout, &ahead->outlooks[i]);
    }
}

static int worst_of(const struct ahead *ahead)
{
    for (unsigned i = 0; i < ahead->count; i++)
        if (ahead->outlooks[i].forecast.stop)
            return EXIT_DIFFERENT;
    return EXIT_SAME;
}

static int print_all(const struct options *options, const struct file *file,
                     const struct ahead *ahead)
{
    if (options->json) {
        print_json(file, ahead);
    } else if (options->quiet) {
        print_verdicts(options, file, ahead);
    } else {
        if (options->file_count > 1)
            printf("== %s ==\n", file->name);
        print_pages(ahead);
    }
    return worst_of(ahead);
}

/* dom0's tree; a Xen that stops has none. Where it takes standard output, the page does not. */
static bool write_tree(const struct options *options, const struct shim_dom0_tree *dom0)
{
    struct output output = { options->output, dom0->blob, dom0->len };

    if (options->output && !strcmp(options->output, "-"))
        return (!dom0->blob || outputs_write(&output, 1)) &&
               (dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 || file_failed("write", "<stderr>"));
    return !options->output || !dom0->blob || outputs_write(&output, 1);
}

/* Of several releases dom0's trees differ. */
static bool may_write(const struct options *options, const struct file *file,
                      const struct shim_releases *releases)
{
    return !options->output || releases->first == releases->last ||
           !complain_about(file->name, "policy", "dom0's tree depends on the release, which is "
                                                 "not known",
                           "add --xen-version, or --xen FILE with Xen itself");
}

/* In memory of its own: what is known of the first one is printed with it. */
static int look_at_last(const struct options *options, const struct file *file,
                        struct ahead *ahead)
{
    ahead->job.arena = arena_for(2 * file->len);
    return look_ahead(options, file, ahead->releases.last, ahead);
}

static int forecast_one(const struct options *options, const char *path)
{
    static struct ahead ahead;
    struct shim_facts facts = { .stage = { 0 } };
    struct file file;

    if (take_boot(options, &facts) || !tree_read(options, path, &file) ||
        live_take(options, &file, &facts) || start(options, &file, &facts, &ahead) ||
        look_ahead(options, &file, ahead.releases.first, &ahead) ||
        !may_write(options, &file, &ahead.releases))
        return EXIT_TROUBLE;
    if (ahead.releases.last != ahead.releases.first && look_at_last(options, &file, &ahead))
        return EXIT_TROUBLE;
    if (!write_tree(options, &ahead.outlooks[0].forecast.dom0))
        return EXIT_TROUBLE;
    return print_all(options, &file, &ahead);
}

int command_forecast(const struct options *options)
{
    if (options->json && options->file_count > 1)
        array_begin();
    return each_file(options, forecast_one);
}
