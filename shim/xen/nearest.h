/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where dom0 can be 1:1 on stock Xen when its native base cannot be had. */
#ifndef DTSHIM_XEN_NEAREST_H
#define DTSHIM_XEN_NEAREST_H

#include "shim/plan/plan.h"

/*
 * Of the free blocks of dom0's size the one that the most DMA windows serve; of those
 * the lowest to which Xen can be steered without a static heap, or else with one.
 * `plan` knows memory, modules, IOMMUs and DMA windows, and no base yet; it is used up.
 * False: there is none. The words of `found` are the caller's.
 */
bool shim_xen_nearest(struct shim_plan *plan, struct shim_nearest *found);

#endif
