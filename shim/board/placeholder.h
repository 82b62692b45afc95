/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* RAM in a tree as shipped that no board has: the boot loader replaces it. */
#ifndef DTSHIM_BOARD_PLACEHOLDER_H
#define DTSHIM_BOARD_PLACEHOLDER_H

#include "shim/board/board.h"

/* Is all RAM in the tree a placeholder? A tree from firmware has none. */
bool shim_ram_is_placeholder(const struct shim_board *board);

#endif
