// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/changes.h"

#include "shim/fdt/diff.h"

enum { LINES_MAX = 8 };

/* All numbers in policy and record have two cells but one, ipa-bits. */
static const struct shim_diff_words words = {
    .beside = "xen,static-heap\0",
    .wide = "/chosen/dtshim\0/chosen/dtshim/record\0",
};

enum shim_code shim_report_diff(const struct shim_sink *sink, const struct shim_tree *before,
                                const struct shim_tree *after, struct shim_arena *arena,
                                bool *different, struct shim_error *error)
{
    struct shim_diff diff = { .before = before, .after = after, .words = &words };

    return shim_diff(&diff, arena, sink, different, error);
}

static void count_lines(void *self, const char *text)
{
    unsigned *lines = self;

    for (; *text; text++)
        *lines += *text == '\n';
}

/* With what is free of the arena, which is free again afterwards. */
static enum shim_code measure(const struct shim_diff *diff, struct shim_arena arena,
                              unsigned *lines, struct shim_error *error)
{
    struct shim_sink counter = { .put = count_lines, .self = lines };
    bool different;

    return shim_diff(diff, &arena, &counter, &different, error);
}

enum shim_code shim_report_changes(const struct shim_sink *sink, const struct shim_job *job,
                                   const void *out, size_t len, bool all,
                                   struct shim_arena *arena, struct shim_error *error)
{
    struct shim_tree after;
    struct shim_diff diff = { .before = &job->tree, .after = &after, .words = &words,
                              .without = "/chosen/dtshim" };
    unsigned lines = 0;
    bool different;
    enum shim_code code = shim_tree_check(&after, out, len, arena, error);

    if (!code && !all)
        code = measure(&diff, *arena, &lines, error);
    if (code)
        return code;
    if (lines > LINES_MAX) {
        shim_print(sink, "  changes in the tree, beside the record: %u lines (-v)\n", lines);
        return SHIM_OK;
    }
    shim_print_string(sink, "\n  what changes in the tree, beside the record in /chosen/dtshim "
                      "(- old, + new):\n\n");
    return shim_diff(&diff, arena, sink, &different, error);
}
