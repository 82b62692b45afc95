/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What stock Xen does in a way of its own on one platform, which it knows by the root's
 * compatible (xen/arch/arm/platforms, 4.17 to 4.22). How it resets the board, or starts CPUs
 * without PSCI, is not here: nothing of dom0's follows from it.
 */
#ifndef DTSHIM_MODEL_PLATFORM_H
#define DTSHIM_MODEL_PLATFORM_H

#include "shim/fdt/tree.h"
#include "shim/model/sight.h"

/* Devices that dom0 is not given: which, is in platform.c. */
enum shim_platform_keeps {
    SHIM_KEEPS_NONE, SHIM_KEEPS_BCM2711, SHIM_KEEPS_SUNXI, SHIM_KEEPS_EXYNOS5, SHIM_KEEPS_VEXPRESS,
    SHIM_KEEPS_THUNDERX,
};

struct shim_platform {
    char compatible[24];  /* "": no platform of its own */
    char name[20];        /* as Xen's log says it */
    bool on_32, on_64;    /* which builds have it */
    uint8_t low_bits;     /* dom0's first banks are looked for below 2^bits; 0: 32 bits */
    uint8_t keeps;        /* enum shim_platform_keeps */
    bool gic_stride;      /* a GICC told too small counts as 64 KiB */
    uint8_t calls_since;  /* minor number of the first release that hands dom0's calls of firmware
                             on, as the platform allows them; 0: none does */
};

/* Never NULL: where Xen knows no platform, a row that says nothing. */
const struct shim_platform *shim_platform_of(const struct shim_tree *tree, enum shim_xen_arch arch);

/* dom0's first banks are looked for below 2^bits (arch_get_dma_bitsize(), domain_build.c). */
unsigned shim_xen_low_bits(const struct shim_tree *tree, enum shim_xen_arch arch);

/* Is it a device that the platform keeps from dom0? */
bool shim_platform_keeps(const struct shim_platform *platform, const struct shim_tree *tree,
                         uint32_t node);

#endif
