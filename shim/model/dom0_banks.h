/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* dom0's banks: allocate_memory_11() and insert_11_bank() of domain_build.c. */
#ifndef DTSHIM_MODEL_DOM0_BANKS_H
#define DTSHIM_MODEL_DOM0_BANKS_H

#include "shim/model/buddies.h"
#include "shim/model/sight.h"

struct shim_dom0_banks {
    struct shim_buddies *heap;
    uint64_t left;           /* bytes that it does not have yet */
    unsigned low_bits;       /* its first bank is sought below 2^low_bits */
    unsigned least_order;    /* and has at least so many pages */
    unsigned kernel_bits;
    struct shim_range *at;   /* SHIM_XEN_BANKS_MAX places */
    uint32_t count;
    uint64_t tables_end;     /* its page tables reach up to here */
};

/*
 * The value of dom0_mem= in bytes: a number and its unit. What follows these `read` characters
 * is ignored.
 */
uint64_t shim_dom0_mem(struct shim_span value, uint32_t *read);

/* dom0_mem= as its last word sets it, 512 MiB without one (parse_dom0_mem()). */
uint64_t shim_dom0_size(const struct shim_sight *sight);

/* Takes all of them; false: the stop has the reason. */
bool shim_dom0_take(struct shim_dom0_banks *banks, struct shim_stop *stop);

#endif
