/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Dom0's memory under contract xen: the first pass. */
#ifndef DTSHIM_XEN_MEMORY_H
#define DTSHIM_XEN_MEMORY_H

#include "shim/plan/plan.h"

/* Errors: SHIM_E_VALUE, SHIM_E_BASE, SHIM_E_DOM0_SIZE, SHIM_E_POLICY, SHIM_E_MEMORY. */
enum shim_code shim_xen_memory(struct shim_plan *plan, struct shim_error *error);

/*
 * The part that the choice of a place needs: how much memory dom0 has, and where guest
 * addresses end. Errors: SHIM_E_VALUE, SHIM_E_MEMORY.
 */
enum shim_code shim_xen_size(struct shim_plan *plan, struct shim_error *error);

#endif
