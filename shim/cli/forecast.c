// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* forecast: what Xen does with a tree as it stands. */
#include "forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "commands.h"
#include "file.h"
#include "jobs.h"
#include "json_string.h"
#include "json_write.h"
#include "memory.h"
#include "shim/base/number.h"
#include "shim/job/forecast.h"
#include "shim/xen/image.h"
#include "trouble.h"

enum { DEBIAN_12 = 17, DEBIAN_13 = 20, RELEASES_MAX = 2 };

#define MIB ((uint64_t)1 << 20)
#define XEN_MIB 2 /* where there is no file of it */

/* ---- what is booted --------------------------------------------------------------- */

static int usage(const char *what, const char *remedy)
{
    return complain_about("command line", "policy", what, remedy);
}

static int take_place(const char *option, uint64_t *at)
{
    return shim_read_number(option, at)
        ? EXIT_SAME : usage("an address that is none", "write it as 0x48000000");
}

static int take_kernel(const struct options *options, struct shim_facts *facts)
{
    const char *path = options->loaded[LOADED_KERNEL];
    struct file file;

    if (!path)
        return EXIT_SAME;
    if (!file_look(path, &file))
        return EXIT_TROUBLE;
    shim_look_at_kernel(facts, file.bytes, file.len);
    return EXIT_SAME;
}

static int take_xen(const struct options *options, struct shim_facts *facts)
{
    const char *path = options->loaded[LOADED_XEN];
    struct shim_range at = { 0, XEN_MIB * MIB };
    struct file file;

    if (path) {
        struct shim_image image;

        if (!file_look(path, &file))
            return EXIT_TROUBLE;
        image = shim_image_at(file.bytes, file.len);
        if (!image.bits)
            return complain_about(path, "payload", "is no Image or zImage",
                                  "give Xen as it is loaded, unpacked");
        facts->hypervisor_bits = image.bits;
        facts->hypervisor_room = image.room;
        at.size = file.len;
    }
    if (!options->xen_at)
        return EXIT_SAME;
    facts->payload[facts->payload_count++] =
        (struct shim_payload_part){ .kind = SHIM_MODULE_XEN, .at = at };
    return take_place(options->xen_at, &facts->payload[0].at.base);
}

static int take_facts(const struct options *options, struct shim_facts *facts)
{
    int trouble = take_kernel(options, facts);

    return trouble ? trouble : take_xen(options, facts);
}

/* "4.20" */
static const struct shim_release *named(const char *name)
{
    for (unsigned minor = SHIM_XEN_OLDEST; minor <= SHIM_XEN_NEWEST; minor++)
        if (!strcmp(shim_release_row(minor)->name, name))
            return shim_release_row(minor);
    return NULL;
}

/* ---- one file ------------------------------------------------------------------------ */

/* What one release does, with a job and memory of its own. */
struct outlook {
    const struct shim_release *release;
    struct shim_job job;
    struct shim_forecast forecast;
};

/* How many there are to forecast; 0: trouble, and it was said. */
static unsigned releases_of(const struct options *options, struct outlook *outlooks)
{
    outlooks[0].release = shim_release_row(DEBIAN_12);
    outlooks[1].release = shim_release_row(DEBIAN_13);
    if (!options->xen_version)
        return RELEASES_MAX;
    outlooks[0].release = named(options->xen_version);
    if (!outlooks[0].release)
        usage("--xen-version takes a release that is known", "one of 4.17 to 4.22");
    return outlooks[0].release ? 1 : 0;
}

static void print_forecast(const struct shim_forecast *forecast)
{
    const char *name = forecast->boot.release->name;

    if (forecast->stop)
        printf("Xen %s stops: %s\n", name,
               forecast->stop->silent ? "without a word" : forecast->stop->words);
    else
        printf("Xen %s starts dom0\n", name);
}

static int look_ahead(const struct options *options, const struct file *file,
                      const struct shim_facts *facts, struct outlook *outlook)
{
    struct shim_job *job = &outlook->job;
    struct shim_error error;

    if (shim_job_open(job, file->bytes, file->len, &options->policy, facts,
                      arena_for(2 * file->len), &error))
        return complain(file->name, &error);
    if (options->tree_at) {
        job->facts.tree.size = job->tree.total;
        if (take_place(options->tree_at, &job->facts.tree.base))
            return EXIT_TROUBLE;
    }
    if (shim_job_forecast(job, outlook->release, options->output != NULL, &outlook->forecast,
                          &error))
        return complain(file->name, &error);
    return EXIT_SAME;
}

static void print_json(const struct file *file, const struct outlook *outlooks, unsigned count)
{
    json_open(NULL, '{');
    json_number("format", 1);
    json_words("version", SHIM_VERSION);
    json_words("file", file->name);
    json_open("forecasts", '[');
    for (unsigned i = 0; i < count; i++)
        json_forecast(&outlooks[i].forecast);
    json_close(']');
    json_close('}');
    putchar('\n');
}

static int print_all(const struct options *options, const struct file *file,
                     const struct outlook *outlooks, unsigned count)
{
    int worst = EXIT_SAME;

    if (options->json)
        print_json(file, outlooks, count);
    for (unsigned i = 0; i < count; i++) {
        if (!options->json)
            print_forecast(&outlooks[i].forecast);
        if (outlooks[i].forecast.stop)
            worst = EXIT_DIFFERENT;
    }
    return worst;
}

/* dom0's tree; a Xen that stops has none. */
static bool write_tree(const struct options *options, const struct shim_dom0_tree *dom0)
{
    return !options->output || !dom0->blob || file_write(options->output, dom0->blob, dom0->len);
}

static int forecast_one(const struct options *options, const char *path)
{
    static struct outlook outlooks[RELEASES_MAX];
    unsigned count = releases_of(options, outlooks);
    struct shim_facts facts = { .stage = { 0 } };
    struct file file;

    if (!count || take_facts(options, &facts) || !file_read(path, &file))
        return EXIT_TROUBLE;
    for (unsigned i = 0; i < count; i++)
        if (look_ahead(options, &file, &facts, &outlooks[i]))
            return EXIT_TROUBLE;
    if (!write_tree(options, &outlooks[0].forecast.dom0))
        return EXIT_TROUBLE;
    return print_all(options, &file, outlooks, count);
}

int command_forecast(const struct options *options)
{
    if (options->output && !options->xen_version) {
        fputs("dtshim: forecast: of which release is dom0's tree to be written?\n"
              "  what to do: add --xen-version\n", stderr);
        return EXIT_TROUBLE;
    }
    if (options->json && options->file_count > 1)
        array_begin();
    return each_file(options, forecast_one);
}
