/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Addresses of devices as Xen reads them (dt_device_get_address() and dt_for_each_range() of
 * xen/common/device_tree.c, 4.17 to 4.22). Unlike in Linux, cells come from any node above, a
 * bus without ranges is not one, and nodes below PCI have assigned-addresses.
 */
#ifndef DTSHIM_MODEL_BUS_H
#define DTSHIM_MODEL_BUS_H

#include "shim/base/range.h"
#include "shim/fdt/tree.h"

/* The addresses of a node, on its own bus. */
struct shim_xen_addresses {
    const struct shim_tree *tree;
    uint32_t bus;    /* the node's parent */
    bool pci;
    struct shim_cells cells;
    struct shim_span value;
    uint32_t count;  /* how many Xen counts */
};

struct shim_xen_addresses shim_xen_addresses(const struct shim_tree *tree, uint32_t node);

/* One of them, as the CPU sees it; false: Xen cannot read it. It may wrap. */
bool shim_xen_read_address(const struct shim_xen_addresses *addresses, uint32_t index,
                           struct shim_range *at);

/* The same by the node. */
bool shim_xen_address(const struct shim_tree *tree, uint32_t node, uint32_t index,
                      struct shim_range *at);

/* An address on its way up to the CPU, as Xen sees it at one of the buses. */
struct shim_xen_way {
    uint32_t cell[4]; /* DT_MAX_ADDR_CELLS */
    uint32_t cells;
    uint32_t size_cells; /* of the bus that it is on */
    bool pci;
};

/* One of the node's, on its own bus, and its size; false: Xen counts none there. */
bool shim_xen_way_from(const struct shim_tree *tree, uint32_t node, uint32_t index,
                       struct shim_xen_way *way, uint64_t *size);

/* From below `bus` to above it; false, and the way is unchanged: no entry of ranges covers it. */
bool shim_xen_way_up(const struct shim_tree *tree, uint32_t bus, struct shim_xen_way *way);

/* To above it by an entry with `up` for this very address; false: Xen reads no cells there. */
bool shim_xen_way_by(const struct shim_tree *tree, uint32_t bus, const uint32_t *up,
                     struct shim_xen_way *way);

/* The windows of a bus: their CPU addresses, as Xen reads them. */
struct shim_xen_windows {
    const struct shim_tree *tree;
    uint32_t bus;
    struct shim_span rest;
    uint32_t child, up, size; /* cells */
};

/* False: Xen cannot read them (there is no ranges, or it rejects the cells). */
bool shim_xen_windows(struct shim_xen_windows *windows, const struct shim_tree *tree,
                      uint32_t bus);

/* Takes the next one; its base is SHIM_XEN_BAD_ADDRESS where no ranges above cover it. */
#define SHIM_XEN_BAD_ADDRESS UINT64_MAX
bool shim_xen_next_window(struct shim_xen_windows *windows, struct shim_range *at);

#endif
