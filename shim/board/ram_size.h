/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* RAM of which only the size was told: where the tree has its base, and what stands in its way. */
#ifndef DTSHIM_BOARD_RAM_SIZE_H
#define DTSHIM_BOARD_RAM_SIZE_H

#include "shim/board/board.h"

/*
 * Fills board->ram, which has what the memory nodes say, with `size` bytes from the base that
 * they name on; cut where the first device or PCI window of the tree is.
 * Errors: SHIM_E_POLICY where they name none, or several, or something stands at the base.
 */
enum shim_code shim_place_ram(struct shim_board *board, uint64_t size, struct shim_error *error);

/* Do the memory nodes name one base? */
bool shim_has_ram_base(const struct shim_board *board);

/* What is known of the board's SoC: "; boards with ... have RAM at ..."; "" for nothing. */
const char *shim_ram_hint(const struct shim_board *board);

#endif
