/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The nodes of modules in /chosen, as Xen reads them (early_scan_node(), 4.17 to 4.22): down to
 * depth 3, so in /chosen, in a xen,domain, or in any other node there.
 */
#ifndef DTSHIM_XEN_MODULE_NODES_H
#define DTSHIM_XEN_MODULE_NODES_H

#include <dtshim/error.h>
#include <dtshim/facts.h>

#include "shim/base/range.h"
#include "shim/fdt/tree.h"

/*
 * The first one after `node` (SHIM_NONE: of all), including Xen's own, domains' and those that
 * Xen does not see; SHIM_NONE: no more.
 */
uint32_t shim_next_module_node(const struct shim_tree *tree, uint32_t node);

/* One of the two kinds of node that Xen asks for, wherever it is. */
bool shim_is_multiboot_module(const struct shim_tree *tree, uint32_t node);

/* Too deep, or with too long a path. */
bool shim_is_overlooked(const struct shim_tree *tree, uint32_t node);

bool shim_is_domains_module(const struct shim_tree *tree, uint32_t node);

/* What it is, by its compatible; false: not stated, and Xen goes by order. */
bool shim_module_says_kind(const struct shim_tree *tree, uint32_t node,
                           enum shim_module_kind *kind);

/* Where it is. Errors: SHIM_E_PAYLOAD. */
enum shim_code shim_read_module(const struct shim_tree *tree, uint32_t node,
                                struct shim_range *at, struct shim_error *error);

/* Is it a domain's, and does it state the same for the same bytes as another one's node? */
bool shim_shares_module(const struct shim_tree *tree, uint32_t node, uint32_t with);

/* The first after `node` that shares the module of `with`; SHIM_NONE: no more. */
uint32_t shim_next_sharing(const struct shim_tree *tree, uint32_t with, uint32_t node);

#endif
