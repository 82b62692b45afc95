/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_ADDRESS_H
#define DTSHIM_ADDRESS_H

#include <dtshim/tree.h>

/*
 * The CPU address of a device's first register range, translated through the
 * `ranges` of all buses above it. False when it has none, when a bus on the
 * way does not map it (no `ranges`, or no entry that covers it), or when
 * addresses on the way have more than two cells.
 */
bool shim_device_address(const struct shim_tree *tree, uint32_t node, uint64_t *address);

#endif
