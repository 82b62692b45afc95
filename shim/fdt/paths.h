/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Look-ups of many paths. One alone walks over the siblings on its way (shim_node_by_path()),
 * which for thousands of paths to thousands of siblings takes minutes.
 */
#ifndef DTSHIM_FDT_PATHS_H
#define DTSHIM_FDT_PATHS_H

#include "shim/fdt/slots.h"
#include "shim/fdt/tree.h"

struct shim_paths {
    const struct shim_tree *tree;
    struct shim_slots slots; /* nodes by parent and name, and after them aliases */
};

/* For the paths of a list. Few paths need no table; without room for one it is not used. */
struct shim_paths shim_paths(const struct shim_tree *tree, struct shim_span list,
                             struct shim_arena *arena);

/* As shim_node_by_path(). */
uint32_t shim_path_node(const struct shim_paths *paths, const char *path, size_t len);

#endif
