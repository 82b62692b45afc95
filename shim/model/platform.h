/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What stock Xen does in a way of its own on one platform. */
#ifndef DTSHIM_MODEL_PLATFORM_H
#define DTSHIM_MODEL_PLATFORM_H

#include "shim/fdt/tree.h"

/* dom0's first banks are looked for below 2^bits (arch_get_dma_bitsize(), domain_build.c). */
unsigned shim_xen_low_bits(const struct shim_tree *tree);

#endif
