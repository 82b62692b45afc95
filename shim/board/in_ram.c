// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Registers in RAM, and where they belong there. */
#include "shim/board/board.h"

bool shim_meets_ram(const struct shim_board *board, struct shim_range range)
{
    uint64_t end = shim_range_end(range), at = range.base;

    while (at < end) {
        const struct shim_range *met = shim_ranges_meeting(&board->ram,
                                                           (struct shim_range){ at, end - at });

        if (!met)
            return false;
        at = met->base > at ? met->base : at;
        met = shim_ranges_holding(&board->unmapped, (struct shim_range){ at, 1 });
        if (!met)
            return true;
        at = shim_range_end(*met);
    }
    return false;
}
