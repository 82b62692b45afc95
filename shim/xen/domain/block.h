/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The machine blocks behind the memory of a xen,domain. */
#ifndef DTSHIM_XEN_DOMAIN_BLOCK_H
#define DTSHIM_XEN_DOMAIN_BLOCK_H

#include "shim/plan/plan.h"

/* Errors: SHIM_E_DOM0_SIZE, SHIM_E_POLICY, SHIM_E_BASE, SHIM_E_PLACEMENT, SHIM_E_MEMORY. */
enum shim_code shim_xen_domain_block(struct shim_plan *plan, struct shim_error *error);

#endif
