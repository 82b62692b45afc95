/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Property names with a meaning only for Xen, known to the index of a board's tree. */
#ifndef DTSHIM_PLAN_NAMES_H
#define DTSHIM_PLAN_NAMES_H

#include "shim/fdt/tree.h"

#define SHIM_XEN_DMA_SAFE ((enum shim_name)(SHIM_NAME_MORE + 0))
#define SHIM_XEN_BOOTARGS ((enum shim_name)(SHIM_NAME_MORE + 1))
#define SHIM_DOM0_BOOTARGS ((enum shim_name)(SHIM_NAME_MORE + 2))
#define SHIM_STATIC_HEAP ((enum shim_name)(SHIM_NAME_MORE + 3))
#define SHIM_XEN_PASSTHROUGH ((enum shim_name)(SHIM_NAME_MORE + 4))

/* What shim_tree_index() takes for them. */
#define SHIM_XEN_NAMES                                                                  \
    "xen-dma-safe\0xen,xen-bootargs\0xen,dom0-bootargs\0xen,static-heap\0xen,passthrough\0"

#endif
