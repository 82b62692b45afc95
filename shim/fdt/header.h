/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The header of a blob: the first part of its check. */
#ifndef DTSHIM_FDT_HEADER_H
#define DTSHIM_FDT_HEADER_H

#include "shim/fdt/tree.h"

/*
 * Is the blob a tree of version 17 whose blocks lie inside it? Fills in where they are.
 * Errors: those of shim_tree_index() but the last three.
 */
enum shim_code shim_check_header(struct shim_tree *tree, size_t avail, struct shim_error *error);

#endif
