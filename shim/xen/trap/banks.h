/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Banks as Xen counts them when it first reads the tree (boot_fdt_info()). */
#ifndef DTSHIM_XEN_TRAP_BANKS_H
#define DTSHIM_XEN_TRAP_BANKS_H

#include "shim/fdt/tree.h"

/* The entries of a node's reg that have a size. */
uint32_t shim_xen_banks_at(const struct shim_tree *tree, uint32_t node);

/* What Xen takes for memory, by name and at any depth; and what /reserved-memory has. */
uint32_t shim_xen_memory_banks(const struct shim_tree *tree);
uint32_t shim_xen_reserved_banks(const struct shim_tree *tree);

#endif
