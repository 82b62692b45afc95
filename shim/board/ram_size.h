/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* RAM that was given as a size only: where the tree has its base, and what is in its way. */
#ifndef DTSHIM_BOARD_RAM_SIZE_H
#define DTSHIM_BOARD_RAM_SIZE_H

#include "shim/board/board.h"

/*
 * Fills board->ram, which has the RAM of the memory nodes, with `size` bytes from their base on;
 * cut at the first device or PCI window of the tree.
 * Errors: SHIM_E_POLICY if they have no base, or several, or something is at the base.
 */
enum shim_code shim_place_ram(struct shim_board *board, uint64_t size, struct shim_error *error);

/* How much of this RAM is before the first device or PCI window of the tree, in whole pages. */
uint64_t shim_ram_before_devices(const struct shim_board *board, struct shim_range ram);

/* Do the memory nodes name one base? */
bool shim_has_ram_base(const struct shim_board *board);

/* What is known of the board's SoC: "; boards with ... have RAM at ..."; "" for nothing. */
const char *shim_ram_hint(const struct shim_board *board);

#endif
