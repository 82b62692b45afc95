/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What neither dma-offset nor dma-ranges reach, and pools that dom0's kernel cannot use. */
#ifndef DTSHIM_NATIVE_BEYOND_H
#define DTSHIM_NATIVE_BEYOND_H

#include "shim/plan/plan.h"

/* Of an IOMMU that the hypervisor does not drive: is it there for dom0's kernel? */
bool shim_left_to_dom0(const struct shim_board *board, uint32_t iommu);

/*
 * Is the device given guest addresses as machine addresses, whatever the tree says of the
 * offset? That it goes by guest addresses rightly is asked elsewhere: not of protected ones.
 */
bool shim_beyond_offset(const struct shim_plan *plan, const struct shim_master *master);

/* Warns of each such device, and of pools that lie outside dom0's memory. */
void shim_warn_of_those_beyond(struct shim_plan *plan);

#endif
