/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What only contract xen decides. */
#ifndef DTSHIM_XEN_PLAN_H
#define DTSHIM_XEN_PLAN_H

#include "shim/model/sight.h"
#include "shim/plan/plan.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/reserving.h"
#include "shim/xen/ways.h"

enum { SHIM_PLUGS_MAX = 48, SHIM_HEAP_MAX = SHIM_PLUGS_MAX + 2 };

/* More RAM than this, and more than 1 %, is not taken from Xen if there is another way. */
#define SHIM_XEN_LOSS ((uint64_t)16 << 20)

/* What leaves stock Xen's allocator no other choice (contract xen). */
struct shim_steering {
    struct shim_range plugs[SHIM_PLUGS_MAX]; /* pages kept from Xen by /memreserve/ */
    uint32_t plug_count;
    struct shim_range heap[SHIM_HEAP_MAX]; /* xen,static-heap; heap_count 0: not used */
    uint32_t heap_count;
    uint64_t cost;             /* bytes of RAM that Xen loses by it */
};

struct shim_retype;

/* The interrupts that a release keeps, by node. */
struct shim_xen_kept {
    const struct shim_release *release;
    const uint16_t *of;
};

struct shim_xen_plan {
    struct shim_releases releases; /* that the plan is for; the strictest of them counts */
    struct shim_xen_kinds kinds; /* of the plan's tree; `of` NULL: not looked up yet */
    struct shim_xen_boot boot; /* see shim_plan_boot() */
    uint8_t low_bits;          /* see shim_plan_low_bits() */
    bool boot_known;
    struct shim_steering steering;
    struct shim_ranges tails;  /* pages of devices that Xen would not map */
    struct shim_ranges claims; /* addresses that are marked as used where it does not look */
    uint32_t unsound;          /* nodes with a reg that it panics on, and that is cut */
    struct shim_ways ways;     /* that it does not find without more entries in ranges */
    struct shim_reserving reserving;
    const struct shim_retype *retypes; /* interrupts that are given another type */
    uint32_t retype_count;
    bool one_type_each;        /* a look at the tree has shown that there are none */
    uint32_t empty_irqs;       /* nodes with entries of interrupts-extended that are filled */
    struct shim_xen_kept kept[2]; /* what check has asked for, by release; see shim_kept_for() */
    bool no_ext_regions;       /* it must not look for extended regions */
    uint32_t max_vcpus;        /* of dom0, that Xen is told; 0: none */
    bool scrubs_at_once;         /* all free memory, when dom0 is built */
};

/* Xen must not look for extended regions: the one writer of no_ext_regions. */
void shim_xen_close_regions(struct shim_plan *plan, enum shim_pass_id who, const char *reason);

#endif
