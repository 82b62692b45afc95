/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The payload in /chosen: what both contracts take from it, and the nodes with its places. */
#ifndef DTSHIM_XEN_PAYLOAD_H
#define DTSHIM_XEN_PAYLOAD_H

#include "shim/plan/plan.h"

/*
 * Removes from `set` what still has to be read, modules, tree and stage, and what is
 * out of reach. False: no room.
 */
bool shim_without_sources(struct shim_ranges *set, const struct shim_plan *plan);

/* Is everything that is loaded already where the plan wants it? */
bool shim_payload_stays(const struct shim_plan *plan);

/*
 * dom0's command line in the order of Xen 4.17: its kernel's own bootargs,
 * xen,dom0-bootargs, bootargs; NULL.
 */
const char *shim_dom0_line(const struct shim_plan *plan);

/* Frees the place that linux,initrd-* name from reservations; before entries are added. */
void shim_free_ramdisk(const struct shim_plan *plan, struct shim_edits *edits);

/* The compatible by which Xen and dtshim know what a module is. */
void shim_put_module_kind(struct shim_edits *edits, struct shim_cursor node,
                          enum shim_module_kind kind);

/* Does `address` fit the module's node? A module that needs no node can go anywhere. */
enum shim_code shim_check_module_cells(const struct shim_plan *plan,
                                       const struct shim_module *module, uint64_t address,
                                       struct shim_error *error);

/*
 * The cells of the modules with nodes in `parent`; SHIM_NONE: a /chosen that
 * is still to be made.
 */
struct shim_cells shim_module_cells(const struct shim_plan *plan, uint32_t parent);

/*
 * /chosen is given its own cells: Xen would inherit them from the root, the
 * specification would not.
 */
void shim_put_module_cells(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor chosen);

/*
 * The module's node with `address` in reg and name: the existing one, or a new
 * one in `chosen` for what the stage carries. The tree needs none.
 */
void shim_write_module(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen, const struct shim_module *module,
                       uint64_t address);

#endif
