/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the board's CPUs make Xen do before dom0: roots of page tables of more than one page
 * (setup_virt_paging(), by their PARange), one more of them for an erratum, and scrubbing by
 * those that have nothing to do. Taking such a root moves the heads of Xen's lists.
 */
#ifndef DTSHIM_MODEL_HEAP_CPUS_H
#define DTSHIM_MODEL_HEAP_CPUS_H

#include "shim/model/sight.h"

struct shim_heap_cpus {
    bool known;          /* what they are; if not, the three below mean nothing */
    unsigned bits;       /* of dom0's addresses */
    unsigned root_order; /* pages of a root: 2^root_order */
    unsigned roots;      /* that are taken before dom0 has memory */
    unsigned count;
};

/* How many there are. */
uint32_t shim_heap_cpu_count(const struct shim_tree *tree);

struct shim_heap_cpus shim_heap_cpus_of(const struct shim_sight *sight);

#endif
