// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* In place of the comparison of trees, where U-Boot was built without it. */
#include "shim/job/changes.h"

enum shim_code shim_report_diff(const struct shim_sink *sink, const struct shim_tree *before,
                                const struct shim_tree *after, struct shim_arena *arena,
                                bool *different, struct shim_error *error)
{
    (void)sink;
    (void)before;
    (void)after;
    (void)arena;
    (void)different;
    return shim_fail(error, SHIM_E_UNSUPPORTED, "", NULL,
                     "set CONFIG_DTSHIM_DIFF and build U-Boot again, or use dtshim diff on a "
                     "host", "the comparison of trees was left out of this build");
}

/* A plan is as good without the list. */
enum shim_code shim_report_changes(const struct shim_sink *sink, const struct shim_job *job,
                                   const void *out, size_t len, bool all,
                                   struct shim_arena *arena, struct shim_error *error)
{
    (void)job;
    (void)out;
    (void)len;
    (void)all;
    (void)arena;
    (void)error;
    shim_print_string(sink, "  changes in the tree are not listed: this build has no "
                      "CONFIG_DTSHIM_DIFF\n");
    return SHIM_OK;
}
