/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * One interrupt that nodes give several types: Xen takes the first type that it reads, and
 * stops at the next one (irq_set_spi_type()).
 */
#ifndef DTSHIM_MODEL_RETYPE_H
#define DTSHIM_MODEL_RETYPE_H

#include "shim/model/host.h"

enum { SHIM_RETYPES_MAX = 16 };

/* An interrupt that has to be written with another type. */
struct shim_retype {
    uint32_t node;
    uint32_t number;
    uint32_t other; /* a node with the type that counts; SHIM_NONE: Xen's own, or a bus's map */
    uint8_t type;   /* that counts */
    bool extended;  /* it is in interrupts-extended, else in interrupts, */
    uint32_t at;    /* and there its cell of flags is at this byte */
};

/* Few trees say any interrupt with two types: quick, false is sure. */
bool shim_xen_may_retype(const struct shim_tree *tree, struct shim_arena *arena);

/*
 * Those that can be changed in place, up to SHIM_RETYPES_MAX; returns how many. The host is as
 * shim_xen_find_kept() leaves it. The type that counts is that of the device that Xen keeps, else
 * of the first node that Linux has a driver for, else of the first: the type of what Linux does
 * not drive does not matter.
 */
uint32_t shim_xen_retypes(struct shim_xen_host *host, struct shim_retype *retypes);

#endif
