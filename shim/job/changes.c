// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/changes.h"

#include "shim/fdt/diff.h"

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

enum shim_code shim_report_changes(const struct shim_sink *sink, const struct shim_job *job,
                                   const void *out, size_t len, struct shim_arena *arena,
                                   struct shim_error *error)
{
    struct shim_tree after;
    struct shim_diff diff = { .before = &job->tree, .after = &after, .words = &words,
                              .without = "/chosen/dtshim" };
    bool different;
    enum shim_code code;

    shim_print_string(sink, "\n  what changes in the tree (- old, + new), beside the record in "
                      "/chosen/dtshim:\n\n");
    code = shim_tree_check(&after, out, len, arena, error);
    return code ? code : shim_diff(&diff, arena, sink, &different, error);
}
