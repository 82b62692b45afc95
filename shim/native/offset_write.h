/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What native writes where machine and guest addresses differ. */
#ifndef DTSHIM_NATIVE_OFFSET_WRITE_H
#define DTSHIM_NATIVE_OFFSET_WRITE_H

#include "shim/plan/plan.h"

/* dma-ranges and dma-mem parents, where the policy's offset-in asks for them. */
void shim_write_offset(const struct shim_plan *plan, struct shim_edits *edits);

/* Warns of buses with cells too few for the address of a device's pool of reserved memory. */
void shim_warn_of_pools(struct shim_plan *plan);

/*
 * Addresses of RAM elsewhere in the tree become guest addresses: /memreserve/,
 * reserved-memory, alloc-ranges, linux,usable-memory-range.
 */
void shim_move_addresses(const struct shim_plan *plan, struct shim_edits *edits);

#endif
