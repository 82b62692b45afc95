// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What Xen's boot allocator takes of the heap before there are buddies (see heap.h). */
#include "shim/base/span.h"
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

/* 32 bits: 1/32 of what Xen has, in steps of 32 MiB, before all else (shim/model/xenheap.c). */
static bool take_xenheap(struct shim_ranges *heap, uint64_t all)
{
    const uint64_t step = 32 * MIB;
    uint64_t size = shim_align_up(all / 32, step);

    if (size < step)
        size = step;
    if (size > 1024 * MIB)
        size = 1024 * MIB;
    while (!boot_alloc(heap, size, step)) {
        size /= 2;
        if (size <= step)
            return false;
    }
    return true;
}

bool shim_xen_boot_heap(struct shim_ranges *heap, const struct shim_ranges *ram,
                        uint64_t xenheap_of)
{
    shim_ranges_remove(heap, (struct shim_range){ 0, PAGE }); /* MFN 0 is kept away */
    return (!xenheap_of || take_xenheap(heap, xenheap_of)) &&
           boot_alloc(heap, TABLE_PAGES * PAGE, PAGE) &&
           boot_alloc(heap, shim_xen_frame_table(ram, xenheap_of != 0), 32 * MIB);
}
