/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* RAM that a tree as it is shipped names, and that no board has: the boot loader says another. */
#ifndef DTSHIM_BOARD_PLACEHOLDER_H
#define DTSHIM_BOARD_PLACEHOLDER_H

#include "shim/board/board.h"

/* Is all the RAM that the tree names one? What firmware has handed over is none. */
bool shim_ram_is_placeholder(const struct shim_board *board);

#endif
