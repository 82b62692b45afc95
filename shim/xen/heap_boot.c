// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What Xen's boot allocator takes of the heap before there are buddies (see heap.h). */
#include "shim/base/span.h"
#include "shim/model/boot_allocator.h"
#include "shim/model/pages.h"
#include "shim/model/pdx.h"
#include "shim/xen/heap.h"

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)

enum {
    PAGE_INFO_64 = 56, PAGE_INFO_32 = 32, /* sizeof(struct page_info) */
    TABLE_PAGES = 16,      /* page tables of the direct map */
};

/* alloc_boot_pages(): from the top of the highest region that has room. */
static bool boot_alloc(struct shim_ranges *heap, uint64_t bytes, uint64_t align)
{
    for (uint32_t i = heap->count; i-- > 0;) {
        struct shim_range region = heap->at[i];
        uint64_t base;

        if (region.size < bytes)
            continue;
        base = shim_align_down(shim_range_end(region) - bytes, align);
        if (base >= region.base)
            return shim_ranges_remove(heap, (struct shim_range){ base, bytes });
    }
    return false;
}

/* The frame's number, without the address bits that no RAM uses. */
static uint64_t frame_number(uint64_t address, struct shim_pdx pdx)
{
    return shim_pdx(pdx, address >> SHIM_PAGE_BITS);
}

uint64_t shim_xen_frame_table(const struct shim_ranges *ram, bool narrow)
{
    uint64_t bits = 0, last, table;
    struct shim_pdx pdx;

    for (uint32_t i = 0; i < ram->count; i++)
        bits |= shim_pdx_bits(ram->at[i]);
    pdx = shim_pdx_of(bits);
    last = frame_number(shim_range_end(ram->at[ram->count - 1]) - 1, pdx);
    table = (last - frame_number(ram->at[0].base, pdx) + 1) *
            (narrow ? PAGE_INFO_32 : PAGE_INFO_64);
    return shim_align_up(table, table < 32 * MIB ? 2 * MIB : 32 * MIB);
}

/* Is the block, if one is wanted, still in what is left? */
static bool keeps_block(const struct shim_wish *wish, const struct shim_ranges *heap)
{
    return wish->banks || shim_ranges_holding(heap, wish->within.at[0]);
}

/* 32 bits: before all else. */
static const char *take_xenheap(struct shim_ranges *heap, const struct shim_wish *wish)
{
    struct shim_range xenheap;

    if (!shim_fit_xenheap(heap, wish->xenheap_of, wish->static_heap, &xenheap) ||
        !shim_ranges_remove(heap, xenheap))
        return "32-bit Xen would find no 32 MiB of RAM in one piece for its own heap";
    return keeps_block(wish, heap) ? NULL
                                   : "32-bit Xen's own heap, 1/32 of RAM in steps of 32 MiB, would "
                                     "have to be in dom0's block";
}

const char *shim_xen_boot_heap(struct shim_ranges *heap, const struct shim_ranges *ram,
                               const struct shim_wish *wish)
{
    const char *why = NULL;

    shim_ranges_remove(heap, (struct shim_range){ 0, PAGE }); /* MFN 0 is kept away */
    if (wish->xenheap_of)
        why = take_xenheap(heap, wish);
    if (why)
        return why;
    if (!boot_alloc(heap, TABLE_PAGES * PAGE, PAGE) ||
        !boot_alloc(heap, shim_xen_frame_table(ram, wish->xenheap_of != 0), 32 * MIB))
        return "Xen would have no room for its frame table";
    return keeps_block(wish, heap) ? NULL : "Xen's own tables would have to be in dom0's block";
}
