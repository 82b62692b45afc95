/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_STAGE_MEMORY_H
#define DTSHIM_STAGE_MEMORY_H

#include "shim/base/range.h"

#include "shim/fdt/tree.h"

/*
 * Does a memory node have some of this range? Asked before the memory map can be made, so
 * more is taken for memory than there: disabled nodes, and whatever has such a name.
 */
bool memory_node_meets(const struct shim_tree *tree, struct shim_range range);

#endif
