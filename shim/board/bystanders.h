/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Possible DMA masters that are not masters in practice. */
#ifndef DTSHIM_BOARD_BYSTANDERS_H
#define DTSHIM_BOARD_BYSTANDERS_H

#include "shim/fdt/tree.h"

/*
 * A device with nothing in its binding that could master DMA: what it reaches does not count.
 * For tags and coverage it is a master like any other: its compatible may be wrong, and there
 * safety must not depend on it.
 */
bool shim_is_bystander(const struct shim_tree *tree, uint32_t node);

#endif
