/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where dom0 can be 1:1 on stock Xen when its native base is not possible. */
#ifndef DTSHIM_XEN_NEAREST_H
#define DTSHIM_XEN_NEAREST_H

#include "shim/plan/plan.h"

/*
 * The free block of dom0's size that works for the most DMA windows; of those the
 * lowest that Xen can be steered to without a static heap. If several banks work for
 * more, those (banks.h); if none of that is possible, with a static heap.
 * `plan` is a new one, and is used up. `*any` is false where there is no such place. The
 * words of `found` are the caller's. Errors: those of memory.h and modules.h.
 */
enum shim_code shim_xen_nearest(struct shim_plan *plan, bool *any, struct shim_nearest *found,
                                struct shim_error *error);

#endif
