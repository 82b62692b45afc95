// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Words of Xen's command line that switch IOMMUs off. */
#include "shim/model/smmu.h"
#include "shim/xen/modules.h"

static bool line_switches_off(const char *line)
{
    return line && !shim_xen_wants_iommus(line);
}

static const char *chosen_line(const struct shim_board *board, enum shim_name name)
{
    uint32_t chosen = shim_child(board->tree, SHIM_ROOT, "chosen");

    return chosen == SHIM_NONE ? NULL : shim_string(shim_prop(board->tree, chosen, name));
}

static const char words[] = "Xen's command line turns IOMMUs off";

const char *shim_own_line_off(const struct shim_board *board)
{
    return line_switches_off(chosen_line(board, SHIM_XEN_BOOTARGS)) ? words : NULL;
}

/* Xen then hides its IOMMUs from dom0 and programs none of them. */
const char *shim_iommus_off(const struct shim_board *board)
{
    return line_switches_off(chosen_line(board, SHIM_BOOTARGS)) ? words : shim_own_line_off(board);
}
