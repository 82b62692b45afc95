// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/pdx.h"

#include "shim/model/pages.h"

/* All bits from the highest one that is set. */
static uint64_t filled(uint64_t bits)
{
    return bits ? UINT64_MAX >> __builtin_clzll(bits) : 0;
}

static uint64_t used_bits(const struct shim_xen_banks *ram)
{
    uint64_t used = ((uint64_t)1 << SHIM_MAX_ORDER << SHIM_PAGE_BITS) - 1;

    for (uint32_t i = 0; i < ram->count; i++)
        used |= ram->at[i].at.base |
                filled(ram->at[i].at.base ^ (shim_range_end(ram->at[i].at) - 1));
    return used >> SHIM_PAGE_BITS;
}

struct shim_pdx shim_pdx_of(const struct shim_xen_banks *ram)
{
    uint64_t used = used_bits(ram);
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
