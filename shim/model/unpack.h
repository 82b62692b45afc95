/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A compressed kernel: Xen unpacks it into its own memory before dom0 has any, and frees the
 * module's memory (kernel_decompress() of kernel.c).
 */
#ifndef DTSHIM_MODEL_UNPACK_H
#define DTSHIM_MODEL_UNPACK_H

#include "shim/model/buddies.h"
#include "shim/model/sight.h"

/* To this many bytes; 0: it is not compressed. The stop: there is no room for them. */
void shim_unpack_kernel(struct shim_buddies *heap, const struct shim_sight *sight,
                        uint64_t unpacked, struct shim_stop *stop);

/* kernel_probe(): Xen stops if it is neither an Image nor a zImage, in a uImage or compressed. */
void shim_probe_kernel(const struct shim_sight *sight, bool strange, struct shim_stop *stop);

#endif
