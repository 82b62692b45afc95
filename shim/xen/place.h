/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where Xen, the tree and the modules must be so that stock Xen's allocator has no
 * other choice for dom0's memory than the wanted block.
 */
#ifndef DTSHIM_XEN_PLACE_H
#define DTSHIM_XEN_PLACE_H

#include "shim/plan/plan.h"
#include "shim/xen/plan.h"

/*
 * Decides `to` of every module and plan->xen->steering. In this order of
 * preference: everything stays where it is; only what is in the block moves;
 * everything may move; single pages are kept from Xen by /memreserve/; Xen's
 * heap is restricted by xen,static-heap. Only the last two cost RAM, and the
 * cheaper one that works is taken.
 *
 * Errors: SHIM_E_PLACEMENT, SHIM_E_MEMORY.
 */
enum shim_code shim_xen_place(struct shim_plan *plan, struct shim_error *error);

/*
 * Would that work: without a static heap, or with one? Nothing is noted; decisions about
 * modules and steering have to be made anew.
 */
bool shim_xen_can_place(struct shim_plan *plan, bool by_heap);

/*
 * shim_xen_place() for a xen,domain. With static memory everything only has to stay out
 * of the domain's blocks. Otherwise its block and a scratch region without a second
 * piece of that size are all that Xen may hand out.
 */
enum shim_code shim_xen_place_domain(struct shim_plan *plan, struct shim_error *error);

#endif
