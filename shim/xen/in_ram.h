/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Registers in what is RAM by the tree. Xen maps them for dom0 at their own addresses, over
 * anything that dom0 has there (map_range_to_domain(), 4.17 to 4.22).
 */
#ifndef DTSHIM_XEN_IN_RAM_H
#define DTSHIM_XEN_IN_RAM_H

#include "shim/plan/plan.h"

/*
 * The first node, from this one on, that dom0 gets and that has registers in the pages of the
 * range: at `*at`; SHIM_NONE: there is none.
 */
uint32_t shim_xen_registers_in(const struct shim_board *board, uint32_t node,
                               struct shim_range range, struct shim_range *at);

/* Fills in plan->devices. Errors: SHIM_E_MEMORY. */
enum shim_code shim_xen_find_in_ram(struct shim_plan *plan, struct shim_error *error);

/* Do machine blocks avoid them? Errors: SHIM_E_BASE. */
enum shim_code shim_xen_check_in_ram(const struct shim_plan *plan, struct shim_error *error);

#endif
