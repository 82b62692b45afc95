/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which machine memory is behind dom0's, and with it the layout: a part of the memory pass. */
#ifndef DTSHIM_PLAN_BLOCK_H
#define DTSHIM_PLAN_BLOCK_H

#include "shim/plan/plan.h"

/* RAM of every xen,domain starts here (GUEST_RAM0_BASE, xen/include/public/arch-arm.h of 4.17). */
#define SHIM_XEN_GUEST_RAM ((uint64_t)0x40000000)

/* Is dom0 to be a xen,domain: under Xen, where guest and machine addresses differ? */
bool shim_wants_domain(const struct shim_plan *plan);

/* Is the block RAM that nobody has reserved? `property` is the one that asks for it. */
enum shim_code shim_check_block(const struct shim_plan *plan, struct shim_range block,
                                const char *property, struct shim_error *error);

/* Fills in the machine block or blocks and the layout; dom0's base and size are known. */
enum shim_code shim_decide_block(struct shim_plan *plan, struct shim_error *error);

#endif
