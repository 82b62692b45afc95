/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Addresses of devices as Xen has them (dt_device_get_address() and dt_for_each_range() of
 * xen/common/device_tree.c, 4.17 to 4.22). Otherwise than Linux: cells come from any node
 * above, a bus without ranges is none, what stands below PCI has assigned-addresses.
 */
#ifndef DTSHIM_MODEL_BUS_H
#define DTSHIM_MODEL_BUS_H

#include "shim/base/range.h"
#include "shim/fdt/tree.h"

/* How many addresses Xen counts. */
uint32_t shim_xen_addresses(const struct shim_tree *tree, uint32_t node);

/* One of them; false: Xen cannot tell it. It may wrap. */
bool shim_xen_address(const struct shim_tree *tree, uint32_t node, uint32_t index,
                      struct shim_range *at);

/* The windows of a bus: where they lie for the CPU, as Xen takes them. */
struct shim_xen_windows {
    const struct shim_tree *tree;
    uint32_t bus;
    struct shim_span rest;
    uint32_t child, up, size; /* cells */
};

/* False: Xen cannot read them (there is no ranges, or cells that it does not take). */
bool shim_xen_windows(struct shim_xen_windows *windows, const struct shim_tree *tree,
                      uint32_t bus);

/* Takes the next one; its base is SHIM_XEN_BAD_ADDRESS where no ranges above cover it. */
#define SHIM_XEN_BAD_ADDRESS UINT64_MAX
bool shim_xen_next_window(struct shim_xen_windows *windows, struct shim_range *at);

#endif
