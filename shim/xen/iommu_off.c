// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Words of Xen's command line that switch IOMMUs off. */
#include "shim/model/smmu.h"
#include "shim/xen/modules.h"

static bool line_switches_off(const char *line)
{
    return line && !shim_xen_wants_iommus(line);
}

/*
 * Xen then hides its IOMMUs from dom0 and programs none of them. Either line may be the one
 * that Xen takes.
 */
const char *shim_iommus_off(const struct shim_board *board)
{
    const struct shim_tree *tree = board->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE ||
        (!line_switches_off(shim_string(shim_prop(tree, chosen, SHIM_XEN_BOOTARGS))) &&
         !line_switches_off(shim_string(shim_prop(tree, chosen, SHIM_BOOTARGS)))))
        return NULL;
    return "Xen's command line switches IOMMUs off";
}
