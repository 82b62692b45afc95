/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The passes of contract native that have files of their own. */
#ifndef DTSHIM_NATIVE_PASSES_H
#define DTSHIM_NATIVE_PASSES_H

#include "shim/plan/plan.h"

/* How does a stock kernel learn the offset? Errors: SHIM_E_UNSUPPORTED, SHIM_E_MEMORY. */
shim_pass shim_native_offset;

/* Which guest addresses does reserved RAM have? Errors: SHIM_E_BASE, SHIM_E_MEMORY. */
shim_pass shim_native_moves;

/* Which guest addresses are unused? Errors: SHIM_E_MEMORY. */
shim_pass shim_native_regions;

/* Will the node's dma-ranges carry the offset? */
bool shim_carrier_written(const struct shim_plan *plan, uint32_t node);

/* Does a region hold a block that Linux can use: 128 MiB, aligned? */
bool shim_region_useful(struct shim_range region);

#endif
