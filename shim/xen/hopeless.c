// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/hopeless.h"

#include "shim/model/pages.h"
#include "shim/xen/attempt.h"
#include "shim/xen/boot.h"
#include "shim/xen/plan.h"

#define MIB ((uint64_t)1 << 20)
#define LEAST (4 * MIB)      /* the smallest piece that is looked for */
#define SMALL (128 * MIB)    /* larger ones are looked for in low memory, the lowest first */
#define EARLY (64 * MIB)     /* more than Xen takes for itself apart from its tables */

/* A piece of this size at most is among those that make up the block. */
static uint64_t smallest_piece(struct shim_range block)
{
    uint64_t both = block.base | block.size, size = both & -both;

    return size < LEAST ? LEAST : size;
}

static uint64_t count_pieces(const struct shim_ranges *free, uint64_t from, uint64_t to,
                             uint64_t size)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < free->count; i++) {
        uint64_t base = free->at[i].base > from ? free->at[i].base : from;
        uint64_t end = shim_range_end(free->at[i]) < to ? shim_range_end(free->at[i]) : to;

        base = shim_align_up(base, size);
        end = shim_align_down(end, size);
        count += base < end ? (end - base) / size : 0;
    }
    return count;
}

/* That modules, Xen's tables and its heap may take, or break. */
static uint64_t taken_pieces(const struct shim_plan *plan, uint64_t size)
{
    bool is_32 = shim_xen_is_32(plan);
    uint64_t bytes = EARLY + shim_xen_frame_table(&plan->board->ram, is_32);
    uint64_t count = 0;

    if (is_32)
        bytes += shim_ranges_total(&plan->board->ram) / 32 + EARLY;
    for (uint32_t i = 0; i < plan->module_count; i++)
        count += plan->modules[i].room / size + 2;
    return count + bytes / size + 8;
}

bool shim_is_hopeless(const struct shim_plan *plan, const struct shim_ranges *free,
                      struct shim_range block)
{
    uint64_t low = (uint64_t)1 << shim_plan_low_bits(plan);
    uint64_t end = shim_range_end(block), size = smallest_piece(block);
    uint64_t zone_end = (uint64_t)2 << shim_floor_log2(end - 1);

    if (size >= SMALL)
        return false;
    return count_pieces(free, zone_end, end <= low ? low : UINT64_MAX, size) >
           SHIM_PLUGS_MAX + taken_pieces(plan, size);
}
