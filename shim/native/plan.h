/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What only contract native decides. */
#ifndef DTSHIM_NATIVE_PLAN_H
#define DTSHIM_NATIVE_PLAN_H

#include "shim/plan/plan.h"

enum { SHIM_REGIONS_MAX = 32 };

/* Reserved memory at the guest addresses that the constant offset gives it. */
struct shim_moved {
    struct shim_moved *next;
    uint32_t node;            /* SHIM_NONE: one entry of /memreserve/ */
    struct shim_range *from;  /* machine addresses */
    struct shim_range *to;    /* guest addresses */
    uint32_t count;
    bool lent;                /* a device has it as its memory-region */
};

/* What becomes of a node's dma-ranges and DMA parent; flags in carriers. */
enum shim_carrier {
    SHIM_CARRIER_REWRITE = 1, /* they take the offset in */
    SHIM_CARRIER_NEW = 2,     /* it is given some with the offset */
    SHIM_CARRIER_BARRED = 4,  /* a device that must not learn it is in the way */
    SHIM_CARRIER_HOOKED = 8,  /* a device with a dma-mem parent of its own */
    SHIM_CARRIER_TIED = 16,   /* it must not have one: a device below could not avoid it */
};

struct shim_native_plan {
    uint8_t *carriers;          /* enum shim_carrier of each node; NULL: dma-ranges stay */
    uint32_t *carrier;          /* of each master: the node with dma-ranges for it; SHIM_NONE */
    bool *in_place;             /* of each window: its dma-ranges can take the offset in */
    uint32_t (*hooks)[2];       /* of each window: phandles of dma-mem parents, without the
                                   offset and with it */
    struct shim_moved *moved;   /* layout offset: every static reservation */
    struct shim_range grants;   /* for the grant table; size 0: none */
    struct shim_range regions[SHIM_REGIONS_MAX + 1];
    uint32_t region_count;
};

#endif
