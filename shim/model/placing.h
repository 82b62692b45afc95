/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Xen puts into dom0's addresses once dom0 has its banks. */
#ifndef DTSHIM_MODEL_PLACING_H
#define DTSHIM_MODEL_PLACING_H

#include "shim/model/memory.h"

/* Kernel, tree and ramdisk in the first bank (place_modules()); the stop says why not. */
void shim_dom0_place(const struct shim_sight *sight, const struct shim_kernel_image *kernel,
                     unsigned bits, struct shim_dom0_memory *memory);

/* The grant table, over the start of Xen's image (find_gnttab_region()). */
void shim_dom0_grants(const struct shim_sight *sight, struct shim_dom0_memory *memory);

/* Extended regions (make_hypervisor_node()). False: the arena is full. */
bool shim_dom0_regions(const struct shim_sight *sight, unsigned bits,
                       struct shim_dom0_memory *memory);

#endif
