// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/pdx.h"

#include "shim/model/pages.h"

/* All bits from the highest one that is set. */
static uint64_t filled(uint64_t bits)
{
    return bits ? UINT64_MAX >> __builtin_clzll(bits) : 0;
}

uint64_t shim_pdx_bits(struct shim_range bank)
{
    return bank.base | filled(bank.base ^ (shim_range_end(bank) - 1));
}

/* pdx_init_mask(), which Arm gives 0: no bit of a block of the allocator's is left out. */
struct shim_pdx shim_pdx_of(uint64_t bits)
{
    uint64_t used = bits >> SHIM_PAGE_BITS | (((uint64_t)1 << SHIM_MAX_ORDER) - 1);
    struct shim_pdx pdx = { 0, 0 };

    for (unsigned bit = SHIM_MAX_ORDER; bit < 64;) {
        unsigned run = bit;

        while (run < 64 && !(used >> run & 1))
            run++;
        if (run < 64 && run - bit > pdx.width)
            pdx = (struct shim_pdx){ bit, run - bit };
        bit = run + 1;
    }
    return pdx;
}

uint64_t shim_pdx(struct shim_pdx pdx, uint64_t frame)
{
    uint64_t below = ((uint64_t)1 << pdx.bottom) - 1;

    if (!pdx.width)
        return frame;
    return (frame & below) | frame >> (pdx.bottom + pdx.width) << pdx.bottom;
}
