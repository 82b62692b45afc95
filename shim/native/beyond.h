/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What neither dma-offset nor dma-ranges reach, and pools that dom0's kernel cannot use. */
#ifndef DTSHIM_NATIVE_BEYOND_H
#define DTSHIM_NATIVE_BEYOND_H

#include "shim/plan/plan.h"

/*
 * Does the device take guest addresses for machine addresses, whatever the tree says about the
 * offset? Protected devices use guest addresses rightly: they do not count here.
 */
bool shim_beyond_offset(const struct shim_plan *plan, const struct shim_master *master);

/* Warns of each such device, and of pools outside dom0's memory. */
void shim_warn_of_those_beyond(struct shim_plan *plan);

#endif
