/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which of the possible masters are none in practice. */
#ifndef DTSHIM_BOARD_BYSTANDERS_H
#define DTSHIM_BOARD_BYSTANDERS_H

#include "shim/fdt/tree.h"

/*
 * A device whose binding has nothing that could master DMA: what it reaches decides nothing.
 * For tags and coverage it counts as a master like any other, for its compatible may be wrong
 * where safety must not be.
 */
bool shim_is_bystander(const struct shim_tree *tree, uint32_t node);

#endif
