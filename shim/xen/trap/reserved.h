/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Reserved memory as stock Xen reads it: below /reserved-memory, at any depth, untranslated. */
#ifndef DTSHIM_XEN_RESERVED_H
#define DTSHIM_XEN_RESERVED_H

#include "shim/fdt/tree.h"

/*
 * The first region that meets one before it, which goes to `*other`; SHIM_NONE: all are
 * apart, or more than Xen takes. Disabled ones are none (check_reserved_regions_overlap(),
 * 4.18 to 4.22; device_tree_node_is_available(), 4.19).
 */
uint32_t shim_xen_overlapping(const struct shim_tree *tree, uint32_t *other);

#endif
