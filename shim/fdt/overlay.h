/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Overlays: blobs of the same format that are parts of a tree, to be merged into one. */
#ifndef DTSHIM_FDT_OVERLAY_H
#define DTSHIM_FDT_OVERLAY_H

#include "shim/fdt/tree.h"

/*
 * The node that shows it is an overlay: the first fragment, or __fixups__. SHIM_NONE: it is a
 * tree. A board's own that was built for overlays has __symbols__ alone.
 */
uint32_t shim_overlay_mark(const struct shim_tree *tree);

/* Errors: SHIM_E_OVERLAY with that node. */
enum shim_code shim_refuse_overlay(const struct shim_tree *tree, struct shim_error *error);

#endif
