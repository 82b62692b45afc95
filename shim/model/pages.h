/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Pages and orders, as Xen on Arm has them in all releases. */
#ifndef DTSHIM_MODEL_PAGES_H
#define DTSHIM_MODEL_PAGES_H

#include "shim/base/span.h"

enum {
    SHIM_PAGE_BITS = 12,
    SHIM_PAGE = 1 << SHIM_PAGE_BITS,
    SHIM_MAX_ORDER = 18, /* the largest piece of the buddy allocator: 1 GiB */
};

#define SHIM_MIB ((uint64_t)1 << 20)
#define SHIM_GIB ((uint64_t)1 << 30)

static inline unsigned shim_floor_log2(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

/* How often 2 divides it; not 0. Of 64 bits, a 32-bit machine counts only from the top. */
static inline unsigned shim_twos(uint64_t value)
{
    return shim_floor_log2(value & -value);
}

/* The lowest order that has room for so many bytes (get_order_from_bytes()). */
static inline unsigned shim_order_for(uint64_t bytes)
{
    uint64_t pages = shim_align_up(bytes, SHIM_PAGE) >> SHIM_PAGE_BITS;

    return pages > 1 ? shim_floor_log2(pages - 1) + 1 : 0;
}

#endif
