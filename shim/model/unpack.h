/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A kernel that is packed: Xen unpacks it into memory of its own before dom0 gets any, and frees
 * what the module lay in (kernel_decompress() of kernel.c).
 */
#ifndef DTSHIM_MODEL_UNPACK_H
#define DTSHIM_MODEL_UNPACK_H

#include "shim/model/buddies.h"
#include "shim/model/sight.h"

/* To so many bytes; 0: it is not packed. The stop says that there is no room for them. */
void shim_unpack_kernel(struct shim_buddies *heap, const struct shim_sight *sight,
                        uint64_t unpacked, struct shim_stop *stop);

/* kernel_probe(): Xen stops at what is neither an Image nor a zImage, in a uImage or packed. */
void shim_probe_kernel(const struct shim_sight *sight, bool strange, struct shim_stop *stop);

#endif
