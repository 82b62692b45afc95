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
    bool depends;              /* it does depend on one of them */
    /* what it started from */
    uint32_t gic, timer, console;
    const struct shim_platform *platform;
    struct shim_range ram[SHIM_WALKED_RAM_MAX];
    uint32_t ram_count;
    uint8_t interrupts[SHIM_INTERRUPTS];
    /* what came of it */
    uint32_t bytes;            /* of dom0's tree, but for what is made in the place of these: */
    uint32_t gics, timers;
    uint32_t chosen;           /* SHIM_NONE: it has none */
};

/* Notes what the walk starts from. */
void shim_walked_begin(struct shim_xen_walked *walked, const struct shim_xen_host *host);

/* A device of dom0's has these pages: in RAM dom0's files may be on them. */
void shim_walked_pages(struct shim_xen_walked *walked, struct shim_range at);

/* Does it hold for this one, too, which has its files there? */
bool shim_walked_holds(const struct shim_xen_walked *walked, const struct shim_xen_host *host,
                       const struct shim_dom0_memory *memory);

#endif
