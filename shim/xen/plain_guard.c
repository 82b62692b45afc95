// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/plain_guard.h"

#include "shim/xen/modules.h"

/*
 * An IOMMU that the hypervisor does not drive: is it available to dom0's kernel? xen,grant-dma
 * is not hardware: Linux translates grants there (bindings/iommu).
 */
static bool left_to_dom0(const struct shim_board *board, uint32_t iommu)
{
    return shim_reachable(board->tree, iommu) &&
           !shim_has_known(board->tree, iommu, SHIM_XEN_PASSTHROUGH) &&
           !shim_compatible(board->tree, iommu, "xen,grant-dma");
}

const struct shim_guard shim_plain_guard = {
    .away = SHIM_XEN_PASSTHROUGH,
    .away_flaw = "names an IOMMU that is marked xen,passthrough",
    .off = shim_own_line_off,
    .left = left_to_dom0,
};
