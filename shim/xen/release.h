/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Xen by release, as a tree meets it. What all releases have in common are constants here;
 * what one of them has otherwise is a column of the table. Releases are told by their
 * minor number: 17 is Xen 4.17.
 */
#ifndef DTSHIM_XEN_RELEASE_H
#define DTSHIM_XEN_RELEASE_H

#include "shim/plan/plan.h"

enum { SHIM_XEN_OLDEST = 17, SHIM_XEN_NEWEST = 22 }; /* that anything here was read in */

/* 4.17 to 4.22. SHIM_MODULES_MAX, which is MAX_MODULES, is the plan's own room, too. */
enum {
    SHIM_XEN_TREE_MAX = 2 << 20,        /* MAX_FDT_SIZE */
    SHIM_XEN_BANKS_MAX = 256,           /* NR_MEM_BANKS: of memory, and of reserved memory */
    SHIM_XEN_CMDLINE_MAX = 1024,        /* BOOTMOD_MAX_CMDLINE, with its NUL */
    SHIM_XEN_NAME_MAX = 41,             /* DT_MAX_NAME, with its NUL */
    SHIM_XEN_MODULE_DEPTH = 3,          /* early_scan_node() */
    SHIM_XEN_HEAP_ALIGNMENT = 64 << 10, /* of xen,static-heap (booting.txt) */
    /* Xen builds dom0's tree in the size of this one: what apply leaves free, what check wants. */
    SHIM_XEN_SLACK = 16 << 10,
    SHIM_XEN_SLACK_LEAST = 4 << 10,
};

struct shim_release {
    uint8_t minor;
    char name[5];
    uint32_t lowest;      /* where Xen may be loaded: here and above */
    uint32_t domain_tree; /* bytes that the tree of a xen,domain may have */
};

/* The one that the plan is made for. */
__attribute__((pure))
const struct shim_release *shim_release(const struct shim_plan *plan);

#endif
