// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The tree as Xen's UEFI stub leaves it for Xen (setup_chosen_node(), efi_check_dt_boot()). */
#include "shim/job/stub.h"

enum { CELLS = 2 };

static bool has(const struct shim_tree *tree, uint32_t node, enum shim_name name)
{
    return node != SHIM_NONE && shim_prop(tree, node, name).at;
}

/* What modules are read by, where /chosen itself does not say it: two cells each. */
void shim_write_stub(struct shim_edits *edits, const struct shim_tree *tree)
{
    uint32_t node = shim_child(tree, SHIM_ROOT, "chosen");
    struct shim_cursor chosen = node == SHIM_NONE
        ? shim_open_first(edits, shim_cursor(SHIM_ROOT), "chosen") : shim_cursor(node);

    if (!has(tree, node, SHIM_ADDRESS_CELLS))
        shim_put_u32(edits, chosen, "#address-cells", CELLS);
    if (!has(tree, node, SHIM_SIZE_CELLS))
        shim_put_u32(edits, chosen, "#size-cells", CELLS);
    if (!has(tree, node, SHIM_RANGES))
        shim_put(edits, chosen, "ranges", "", 0);
    shim_close(edits, chosen);
}
