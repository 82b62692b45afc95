/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Banks as Xen counts them when it first reads the tree (boot_fdt_info()). */
#ifndef DTSHIM_XEN_TRAP_BANKS_H
#define DTSHIM_XEN_TRAP_BANKS_H

#include "shim/fdt/tree.h"
#include "shim/model/release.h"

/* The entries of a node's reg that have a size. */
uint32_t shim_xen_banks_at(const struct shim_tree *tree, uint32_t node);

/* The same for a region. */
uint32_t shim_xen_banks_of_region(const struct shim_tree *tree, uint32_t node);

/* What this release reads as memory; and what /reserved-memory has, disabled or not. */
uint32_t shim_xen_memory_banks(const struct shim_tree *tree, const struct shim_release *release);
uint32_t shim_xen_reserved_banks(const struct shim_tree *tree);

#endif
