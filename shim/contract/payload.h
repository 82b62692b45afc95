/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The nodes in /chosen that say where the payload is, as both contracts write them. */
#ifndef DTSHIM_CONTRACT_PAYLOAD_H
#define DTSHIM_CONTRACT_PAYLOAD_H

#include <dtshim/plan.h>

/* Can the module's node say `address`? A module that needs no node can go anywhere. */
enum shim_code shim_check_module_cells(const struct shim_plan *plan,
                                       const struct shim_module *module, uint64_t address,
                                       struct shim_error *error);

/*
 * The cells of the modules whose nodes stand in `parent`; SHIM_NONE: a /chosen
 * that is still to be made.
 */
struct shim_cells shim_module_cells(const struct shim_plan *plan, uint32_t parent);

/*
 * /chosen says its cells itself: Xen would inherit them from the root, the
 * specification would not.
 */
void shim_put_module_cells(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor chosen);

/*
 * The module's node with `address` in reg and name: the one that is there, or a
 * new one in `chosen` for what the stage carries. The tree needs none.
 */
void shim_write_module(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen, const struct shim_module *module,
                       uint64_t address);

#endif
