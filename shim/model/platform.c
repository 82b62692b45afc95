// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/platform.h"

#include <stddef.h>

#include "shim/base/mem.h"
#include "shim/base/text.h"

enum { LOW_BITS = 32 }; /* of every platform that names none */

#define BOTH .on_32 = true, .on_64 = true
#define ONLY_32 .on_32 = true
#define ONLY_64 .on_64 = true

/*
 * By file. Those of 4.17 to 4.22 are not here that have none of this: brcm.c, midway.c, omap5.c,
 * rcar2.c, seattle.c.
 */
static const struct shim_platform platforms[] = {
    /* brcm-raspberry-pi.c */
    { "brcm,bcm2711", "Raspberry Pi 4", ONLY_64, .low_bits = 30, .keeps = SHIM_KEEPS_BCM2711 },
    /* sunxi.c */
    { "allwinner,sun6i-a31", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun6i-a31s", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun7i-a20", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun8i-a23", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun8i-a33", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun8i-h2-plus", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun8i-h3", "Allwinner ARMv7", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun50i-a64", "Allwinner ARMv8", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun50i-h5", "Allwinner ARMv8", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    { "allwinner,sun50i-h6", "Allwinner ARMv8", BOTH, .keeps = SHIM_KEEPS_SUNXI },
    /* exynos5.c */
    { "samsung,exynos5250", "SAMSUNG EXYNOS5250", ONLY_32, .keeps = SHIM_KEEPS_EXYNOS5 },
    { "samsung,exynos5410", "SAMSUNG EXYNOS5", ONLY_32, .keeps = SHIM_KEEPS_EXYNOS5 },
    /* vexpress.c */
    { "arm,vexpress", "VERSATILE EXPRESS", ONLY_32, .keeps = SHIM_KEEPS_VEXPRESS },
    /* thunderx.c */
    { "cavium,thunder-88xx", "THUNDERX", ONLY_64, .keeps = SHIM_KEEPS_THUNDERX },
    /* xgene-storm.c: PLATFORM_QUIRK_GIC_64K_STRIDE */
    { "apm,xgene-storm", "APM X-GENE STORM", ONLY_64, .gic_stride = true },
    /* imx8qm.c, 71d4356544: watchdog and clock, and fuses */
    { "fsl,imx8qm", "i.MX 8Q{M,XP}", ONLY_64, .calls_since = 19 },
    { "fsl,imx8qxp", "i.MX 8Q{M,XP}", ONLY_64, .calls_since = 19 },
    /* xilinx-zynqmp.c and its EEMI */
    { "xlnx,zynqmp", "Xilinx ZynqMP", ONLY_64, .calls_since = 17 },
};

/* blacklist_dev, by enum shim_platform_keeps. */
static const char *kept(unsigned keeps)
{
    switch (keeps) {
    case SHIM_KEEPS_BCM2711: /* on one page with the console, or for resets */
        return "brcm,bcm2835-aux\0brcm,bcm2835-aux-spi\0brcm,bcm2835-pm\0";
    case SHIM_KEEPS_SUNXI:   /* UARTs that share a page, in which the console may be */
        return "snps,dw-apb-uart\0";
    case SHIM_KEEPS_EXYNOS5: /* a timer with interrupts to a CPU of its own choice */
        return "samsung,exynos4210-mct\0samsung,secure-firmware\0";
    case SHIM_KEEPS_VEXPRESS:
        return "arm,cci-400\0arm,cci-400-pmu\0arm,hdlcd\0arm,vexpress-reset\0"
               "arm,vexpress-reboot\0arm,vexpress-shutdown\0";
    case SHIM_KEEPS_THUNDERX:
        return "cavium,smmu-v2\0";
    default:
        return "";
    }
}

enum { PLATFORMS = sizeof(platforms) / sizeof(platforms[0]) };

/* The first row before `end` with this compatible, or `end`. */
static size_t row_of(const char *compatible, enum shim_xen_arch arch, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if (platforms[i].compatible[0] == *compatible &&
            (arch == SHIM_XEN_ARM32 ? platforms[i].on_32 : platforms[i].on_64) &&
            !strcmp(platforms[i].compatible, compatible))
            return i;
    return end;
}

const struct shim_platform *shim_platform_of(const struct shim_tree *tree, enum shim_xen_arch arch)
{
    static const struct shim_platform none;
    struct shim_span list = shim_prop(tree, SHIM_ROOT, SHIM_COMPATIBLE);
    size_t row = PLATFORMS;

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        row = row_of(at, arch, row);
    return row < PLATFORMS ? &platforms[row] : &none;
}

unsigned shim_xen_low_bits(const struct shim_tree *tree, enum shim_xen_arch arch)
{
    unsigned bits = shim_platform_of(tree, arch)->low_bits;

    return bits ? bits : LOW_BITS;
}

bool shim_platform_keeps(const struct shim_platform *platform, const struct shim_tree *tree,
                         uint32_t node)
{
    return platform->keeps && shim_compatible_one(tree, node, kept(platform->keeps));
}
