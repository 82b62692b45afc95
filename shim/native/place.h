/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where the hypervisor and what it starts go, so that it needs to move nothing:
 * kernel, ramdisk and tree in dom0's machine block, itself outside.
 */
#ifndef DTSHIM_NATIVE_PLACE_H
#define DTSHIM_NATIVE_PLACE_H

#include "shim/plan/plan.h"

/* Is there anything to place? Without a payload only the tree is rewritten. */
bool shim_native_has_payload(const struct shim_plan *plan);

/*
 * Places all modules. No destination overlaps a source, the stage, reserved RAM or
 * another destination, so that they can be moved in any order.
 * Errors: SHIM_E_PAYLOAD, SHIM_E_PLACEMENT, SHIM_E_MEMORY.
 */
enum shim_code shim_native_place(struct shim_plan *plan, struct shim_error *error);

/*
 * The nodes of kernel and ramdisk, linux,initrd-start and -end, and bootargs: guest
 * addresses, and dom0's own line. The hypervisor's node is removed; the record has
 * its place. `chosen` is an open cursor on /chosen.
 */
void shim_native_write_payload(const struct shim_plan *plan, struct shim_edits *edits,
                               struct shim_cursor chosen);

#endif
