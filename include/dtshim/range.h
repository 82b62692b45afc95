/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A range of addresses. */
#ifndef DTSHIM_RANGE_H
#define DTSHIM_RANGE_H

#include <stdint.h>

/* [base, base + size); it never wraps. Size 0: there is none. */
struct shim_range {
    uint64_t base;
    uint64_t size;
};

#endif
