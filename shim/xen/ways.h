/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Addresses that Xen cannot translate to the CPU's, but that Linux can, or does not need to:
 * which entries ranges need for Xen in addition to the existing ones.
 *
 * - A bus of three cells that is not PCI: Xen wants the very address in an entry
 *   (dt_bus_default_map()), Linux an entry that covers it (of_bus_default_flags_map(), 6.2).
 * - A PCI bridge with empty ranges: Xen forgets which space the address is in
 *   (dt_translate_one()), newer Linux does not (of_translate_one(), 6.14).
 * - An address that is not a CPU address, and that a driver reads as it is.
 *
 * The RP1 of the Raspberry Pi 5 has the first two, its MSI controller the third.
 */
#ifndef DTSHIM_XEN_WAYS_H
#define DTSHIM_XEN_WAYS_H

#include "shim/base/range.h"
#include "shim/model/bus.h"

enum { SHIM_WAYS_MAX = 256 };

/* An entry that is added to the ranges of a bus. */
struct shim_way_row {
    uint32_t bus;
    uint32_t node; /* the first one whose address it is for */
    struct shim_xen_way from;
    uint32_t up[4];
    uint32_t up_cells;
    uint64_t size;
    bool raw; /* 1:1, for a driver that reads the address as it is */
};

struct shim_ways {
    const struct shim_tree *tree;
    const struct shim_ranges *ram; /* no 1:1 entry goes there */
    struct shim_way_row *rows;     /* of SHIM_WAYS_MAX */
    uint32_t count;
};

/* Is there an address of the node that Xen cannot translate? */
bool shim_xen_loses_way(const struct shim_tree *tree, uint32_t node);

/* Adds what it would need; false, and nothing is added: nothing would help. */
bool shim_xen_find_ways(struct shim_ways *ways, uint32_t node);

/* Does a driver read an address of the node that need not be one of the CPU's? */
bool shim_reads_raw(const struct shim_tree *tree, uint32_t node);

/* All of ranges, with the rows of the bus; `at` NULL: the arena has no room. */
struct shim_span shim_xen_widened(const struct shim_ways *ways, uint32_t bus,
                                  struct shim_arena *arena);

#endif
