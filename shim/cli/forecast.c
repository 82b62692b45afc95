// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* forecast: what Xen does with a tree as it stands. */
#define _XOPEN_SOURCE 700
#include "forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "commands.h"
#include "file.h"
#include "jobs.h"
#include "json_write.h"
#include "memory.h"
#include "shim/base/number.h"
#include "shim/xen/image.h"
#include "shim/xen/modules.h"
#include "trouble.h"

enum { RELEASES_MAX = 2 };

/* ---- what is booted --------------------------------------------------------------- */

static int take_place(const char *option, uint64_t *at)
{
    return shim_read_number(option, at)
        ? EXIT_SAME : complain_about("command line", "policy", "an address that is none",
                                     "write it as 0x48000000");
}

static int take_xen(const struct file *file, struct shim_facts *facts)
{
    struct shim_image image = shim_image_at(file->bytes, file->len);

    if (!image.bits)
        return complain_about(file->name, "payload", "is no arm64 Image and no arm32 zImage",
                              "give Xen as it is loaded, unpacked: Debian's /boot/xen-4.17-arm64");
    facts->hypervisor_bits = image.bits;
    facts->hypervisor_room = image.room;
    shim_look_for_release(facts, file->bytes, file->len);
    return EXIT_SAME;
}

/* What the file says of the memory that it needs, and its size. */
static int take_file(enum loaded which, const char *path, struct shim_facts *facts, uint64_t *size)
{
    struct file file;

    if (!file_look(path, &file))
        return EXIT_TROUBLE;
    if (!file.len)
        return complain_about(path, "payload", "is empty", "give the file that is loaded");
    *size = file.len;
    if (which == LOADED_KERNEL)
        shim_look_at_kernel(facts, file.bytes, file.len);
    return which == LOADED_XEN ? take_xen(&file, facts) : EXIT_SAME;
}

/* By file, by address or by both. */
static int take_part(const struct options *options, enum loaded which, struct shim_facts *facts)
{
    static const enum shim_module_kind kinds[LOADED_FILES] = {
        [LOADED_XEN] = SHIM_MODULE_XEN, [LOADED_KERNEL] = SHIM_MODULE_KERNEL,
        [LOADED_RAMDISK] = SHIM_MODULE_RAMDISK,
    };
    const char *path = options->loaded[which], *place = options->at[which];
    struct shim_payload_part part = { .kind = kinds[which], .assumed = !path || !place,
                                      .at = { 0, shim_assumed_size(kinds[which]) } };

    if (path && take_file(which, path, facts, &part.at.size))
        return EXIT_TROUBLE;
    if (place && take_place(place, &part.at.base))
        return EXIT_TROUBLE;
    if (path || place)
        facts->payload[facts->payload_count++] = part;
    return EXIT_SAME;
}

static int take_facts(const struct options *options, struct shim_facts *facts)
{
    int trouble = EXIT_SAME;

    for (enum loaded which = LOADED_XEN; !trouble && which < LOADED_FILES; which++)
        trouble = take_part(options, which, facts);
    if (!trouble && options->tree_at) {
        facts->tree.size = SHIM_XEN_TREE_MAX;
        trouble = take_place(options->tree_at, &facts->tree.base);
    }
    return trouble;
}

/* ---- one file ------------------------------------------------------------------------ */

/* What one release does, with a job and memory of its own. */
struct one {
    struct shim_releases releases; /* of which it is the first or the last */
    struct shim_job job;
    struct shim_outlook outlook;
};

/* Two kernels, of which Xen would take one. */
static bool names_twice(const struct options *options, const struct shim_job *job)
{
    return (options->at[LOADED_KERNEL] || options->at[LOADED_RAMDISK]) &&
           shim_names_kernel(&job->tree);
}

static int look_ahead(const struct options *options, const struct file *file,
                      const struct shim_facts *facts, bool last, struct one *one)
{
    struct shim_job *job = &one->job;
    struct shim_error error;

    if (shim_job_open(job, file->bytes, file->len, &options->policy, facts,
                      arena_for(2 * file->len), &error))
        return complain(file->name, &error);
    if (names_twice(options, job))
        return complain_about(file->name, "payload", "the tree itself says where its kernel is",
                              "leave out --kernel-at and --ramdisk-at");
    if (shim_find_releases(&one->releases, &job->policy, &job->facts, job->record.releases, &error))
        return complain(file->name, &error);
    shim_job_assume(job);
    if (shim_job_forecast(job, last ? one->releases.last : one->releases.first,
                          options->output != NULL, &one->outlook, &error))
        return complain(file->name, &error);
    return EXIT_SAME;
}

/* ---- what is printed ------------------------------------------------------------------ */

static void print_json(const struct file *file, const struct one *ones, unsigned count)
{
    json_open(NULL, '{');
    json_number("format", 1);
    json_words("version", SHIM_VERSION);
    json_words("file", file->name);
    json_open("forecasts", '[');
    for (unsigned i = 0; i < count; i++)
        json_forecast(&ones[i].outlook);
    json_close(']');
    json_close('}');
    if (!array_is_open())
        putchar('\n');
}

/* By enum shim_unknown. */
static const char hints[] =
    " (--xen-at, or a dtshim,hypervisor node in /chosen)\0 (--tree-at)\0"
    " (--kernel FILE, --kernel-at and so on)\0 (--kernel FILE)\0"
    " (--ram BASE:SIZE if the tree says none; dtshim forecast at U-Boot's prompt knows more)\0";

static void grow(void *self, const char *text)
{
    fputs(text, self);
}

/* The rest of the page; NULL: no memory. */
static char *details_of(const struct one *one)
{
    char *words = NULL;
    size_t len;
    FILE *into = open_memstream(&words, &len);
    struct shim_sink sink = { .put = grow, .self = into };

    if (!into)
        return NULL;
    shim_report_details(&sink, &one->outlook, hints);
    return fclose(into) ? NULL : words;
}

/* What is the same under both releases is said once. */
static void print_pages(const struct one *ones, unsigned count)
{
    char *pages[RELEASES_MAX] = { NULL };

    for (unsigned i = 0; i < count; i++)
        pages[i] = details_of(&ones[i]);
    for (unsigned i = 0; i < count; i++) {
        bool same = i + 1 < count && pages[i] && pages[i + 1] && !strcmp(pages[i], pages[i + 1]);

        shim_report_verdict(&to_stdout, &ones[i].outlook);
        if (!same && pages[i])
            printf("%s%s", pages[i], i + 1 < count ? "\n" : "");
    }
    for (unsigned i = 0; i < count; i++)
        free(pages[i]);
}

static int print_all(const struct options *options, const struct file *file,
                     const struct one *ones, unsigned count)
{
    int worst = EXIT_SAME;

    for (unsigned i = 0; i < count; i++)
        if (ones[i].outlook.forecast.stop)
            worst = EXIT_DIFFERENT;
    if (options->json) {
        print_json(file, ones, count);
        return worst;
    }
    if (options->file_count > 1)
        printf("== %s ==\n", file->name);
    print_pages(ones, count);
    return worst;
}

/* dom0's tree; a Xen that stops has none. */
static bool write_tree(const struct options *options, const struct shim_dom0_tree *dom0)
{
    return !options->output || !dom0->blob || file_write(options->output, dom0->blob, dom0->len);
}

/* Of several releases dom0's trees differ. */
static bool may_write(const struct options *options, const struct file *file,
                      const struct shim_releases *releases)
{
    return !options->output || releases->first == releases->last ||
           !complain_about(file->name, "policy", "of which release is dom0's tree to be written?",
                           "add --xen-version, or --xen with Xen's file");
}

static int forecast_one(const struct options *options, const char *path)
{
    static struct one ones[RELEASES_MAX];
    struct shim_facts facts = { .stage = { 0 } };
    unsigned count = 1;
    struct file file;

    if (take_facts(options, &facts) || !file_read(path, &file) ||
        look_ahead(options, &file, &facts, false, &ones[0]) ||
        !may_write(options, &file, &ones[0].releases))
        return EXIT_TROUBLE;
    if (ones[0].releases.last != ones[0].releases.first &&
        look_ahead(options, &file, &facts, true, &ones[count++]))
        return EXIT_TROUBLE;
    if (!write_tree(options, &ones[0].outlook.forecast.dom0))
        return EXIT_TROUBLE;
    return print_all(options, &file, ones, count);
}

int command_forecast(const struct options *options)
{
    if (options->json && options->file_count > 1)
        array_begin();
    return each_file(options, forecast_one);
}
