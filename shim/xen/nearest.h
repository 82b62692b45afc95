/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where dom0 can be 1:1 on stock Xen when its native base cannot be had. */
#ifndef DTSHIM_XEN_NEAREST_H
#define DTSHIM_XEN_NEAREST_H

#include "shim/plan/plan.h"

/*
 * Of the free blocks of dom0's size the one that the most DMA windows serve; of those
 * the lowest to which Xen can be steered without a static heap. Where several banks serve
 * more, those (banks.h); where nothing of that can be had, with a static heap.
 * `plan` is a new one, and is used up. `*any` is false where there is no such place. The
 * words of `found` are the caller's. Errors: those of memory.h and modules.h.
 */
enum shim_code shim_xen_nearest(struct shim_plan *plan, bool *any, struct shim_nearest *found,
                                struct shim_error *error);

#endif
