// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* As dtc writes them and libfdt's fdt_overlay.c reads them. */
#include "shim/fdt/overlay.h"

/* Whatever it is called: libfdt and Linux look at its contents. */
static bool is_fragment(const struct shim_tree *tree, uint32_t node)
{
    return shim_child(tree, node, "__overlay__") != SHIM_NONE;
}

uint32_t shim_overlay_mark(const struct shim_tree *tree)
{
    for (uint32_t node = shim_first_child(tree, SHIM_ROOT); node != SHIM_NONE;
         node = shim_next_child(tree, node))
        if (is_fragment(tree, node))
            return node;
    return shim_child(tree, SHIM_ROOT, "__fixups__");
}

enum shim_code shim_refuse_overlay(const struct shim_tree *tree, struct shim_error *error)
{
    uint32_t node = shim_overlay_mark(tree);

    if (node == SHIM_NONE)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_OVERLAY, SHIM_PATH(tree, node), NULL,
                     "merge it into the board's tree first: "
                     "fdtoverlay -i board.dtb -o merged.dtb overlay.dtbo",
                     "this is an overlay, a part of a board's tree");
}
