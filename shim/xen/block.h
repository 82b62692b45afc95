/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Dom0's machine block under stock Xen: 1:1. */
#ifndef DTSHIM_XEN_BLOCK_H
#define DTSHIM_XEN_BLOCK_H

#include "shim/plan/plan.h"

/* Errors: SHIM_E_POLICY, SHIM_E_BASE, SHIM_E_PLACEMENT. */
enum shim_code shim_xen_block(struct shim_plan *plan, struct shim_error *error);

/* Xen never hands out page 0. Errors: SHIM_E_PLACEMENT. */
enum shim_code shim_xen_check_page_0(const struct shim_plan *plan, struct shim_error *error);

/* Is dom0 to be a xen,domain: where guest and machine addresses differ? RAM is known. */
bool shim_wants_domain(const struct shim_board *board);

#endif
