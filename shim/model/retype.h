/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * One interrupt that nodes say with several types: Xen takes the type that it meets first, and
 * stops at the next one (irq_set_spi_type()).
 */
#ifndef DTSHIM_MODEL_RETYPE_H
#define DTSHIM_MODEL_RETYPE_H

#include "shim/model/host.h"

enum { SHIM_RETYPES_MAX = 16 };

/* An interrupt that has to be said with another type. */
struct shim_retype {
    uint32_t node;
    uint32_t number;
    uint32_t other; /* a node that says the type that counts; SHIM_NONE: Xen's own, or a bus's map */
    uint8_t type;   /* that counts */
    bool extended;  /* it stands in interrupts-extended, else in interrupts, */
    uint32_t at;    /* and there its cell of flags is at this byte */
};

/*
 * Those that can be changed where they stand, up to SHIM_RETYPES_MAX; returns how many. The host
 * is as shim_xen_find_kept() leaves it. The type counts of what Xen keeps for itself, else of the
 * first node that Linux has a driver for, else of the first: what Linux does not drive may say
 * what it will.
 */
uint32_t shim_xen_retypes(struct shim_xen_host *host, struct shim_retype *retypes);

#endif
