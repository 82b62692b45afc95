/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What differs between two trees, by path, as properties with values; in the header, the CPU
 * that boots. The order of properties and of nodes does not matter, nor do the numbers of
 * phandles. The order of memory reservations does: they are deleted by their number.
 */
#ifndef DTSHIM_FDT_DIFF_H
#define DTSHIM_FDT_DIFF_H

#include "shim/base/sink.h"
#include "shim/fdt/diff_cells.h"

/* Two checked trees. */
struct shim_diff {
    const struct shim_tree *before, *after;
    const struct shim_diff_words *words;
    const char *without; /* the path of a node of `after` that is left out; NULL: none is */
};

/*
 * Prints the differences, and sets `*different` if there are any. An arena of
 * shim_memory_for() both sizes together has room for this, and for the check of both trees
 * before it.
 * Errors: SHIM_E_MEMORY; nothing is printed then.
 */
enum shim_code shim_diff(const struct shim_diff *trees, struct shim_arena *arena,
                         const struct shim_sink *sink, bool *different, struct shim_error *error);

#endif
