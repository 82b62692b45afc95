// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/platform.h"

#include <stddef.h>

enum { LOW_BITS = 32 }; /* of every platform that names none */

/* xen/arch/arm/platforms, 4.17 to 4.22: the ones with a dma_bitsize, by the root's compatible. */
static const struct platform {
    char compatible[16];
    unsigned low_bits;
} platforms[] = {
    { "brcm,bcm2711", 30 }, /* brcm-raspberry-pi.c */
};

unsigned shim_xen_low_bits(const struct shim_tree *tree)
{
    for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++)
        if (shim_compatible(tree, SHIM_ROOT, platforms[i].compatible))
            return platforms[i].low_bits;
    return LOW_BITS;
}
