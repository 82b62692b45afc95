/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_BOARD_REGS_H
#define DTSHIM_BOARD_REGS_H

#include "shim/board/board.h"

/* Fills in board->regs; false: there is no room for them. */
bool shim_list_regs(struct shim_board *board);

#endif
