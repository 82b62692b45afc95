/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Addresses of which Xen and Linux surely say the same: those below plain buses, whose cells both
 * read alike. Nearly all devices are there, and next to one another.
 */
#ifndef DTSHIM_XEN_REACH_H
#define DTSHIM_XEN_REACH_H

#include "shim/fdt/tree.h"

/* Addresses `first` to `last` of `bus`, which is SHIM_NONE at first, have a way up to the CPU. */
struct shim_reach {
    uint32_t bus;
    uint64_t first, last;
};

/* Can both surely translate all of the node's reg? False: it is not known here. */
bool shim_reaches_cpu(const struct shim_tree *tree, uint32_t node, struct shim_reach *reach);

#endif
