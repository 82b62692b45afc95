/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What Xen makes of a tree's devices, kept for another release: where nothing in it depended on
 * the release, or on where dom0's files are, it is not worked out again.
 */
#ifndef DTSHIM_MODEL_WALKED_H
#define DTSHIM_MODEL_WALKED_H

#include "shim/model/host.h"
#include "shim/model/memory.h"

enum { SHIM_WALKED_RAM_MAX = 8 };

struct shim_xen_walked {
    bool known;                /* the rest is, and holds for who starts from the same */
    bool depends;              /* it does depend on one of them: see shim_walk_depends() */
    /* what it started from */
    uint32_t gic, timer, console;
    bool iommu;
    const struct shim_platform *platform;
    struct shim_range ram[SHIM_WALKED_RAM_MAX];
    uint32_t ram_count;
    uint8_t interrupts[SHIM_INTERRUPTS];
    /* what came of it */
    uint32_t bytes;            /* of dom0's tree, but for what is made in the place of these: */
    uint32_t gics, timers;
    uint32_t chosen;           /* SHIM_NONE: it has none */
    uint8_t *dma;              /* host->dma; NULL: there are no IOMMUs */
};

/* For walks over a tree whose nodes are of these kinds; NULL: no memory. */
struct shim_xen_walked *shim_walked_new(const struct shim_tree *tree,
                                        const struct shim_xen_kinds *kinds,
                                        struct shim_arena *arena);

/* Notes what the walk starts from. */
void shim_walked_begin(struct shim_xen_walked *walked, const struct shim_xen_host *host);

/* Another release may do otherwise with what the walk is at. */
static inline void shim_walk_depends(const struct shim_xen_host *host)
{
    struct shim_xen_walked *walked = host->sight->boot->walked;

    if (walked)
        walked->depends = true;
}

/* A device of dom0's has these pages: in RAM dom0's files may be on them. */
void shim_walk_pages(const struct shim_xen_host *host, struct shim_range at);

/* Does it hold for this one, too, which has its files there? */
bool shim_walked_holds(const struct shim_xen_walked *walked, const struct shim_xen_host *host,
                       const struct shim_dom0_memory *memory);

#endif
