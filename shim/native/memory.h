/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Dom0's memory under contract native: the first pass. */
#ifndef DTSHIM_NATIVE_MEMORY_H
#define DTSHIM_NATIVE_MEMORY_H

#include "shim/plan/plan.h"

/* Errors: SHIM_E_BASE, SHIM_E_DOM0_SIZE, SHIM_E_POLICY, SHIM_E_MEMORY. */
enum shim_code shim_native_memory(struct shim_plan *plan, struct shim_error *error);

#endif
