/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Xen's first allocator and what it hands out before the heap exists: page tables of the
 * direct map, the frame table (setup_mm()). On 32 bits the xenheap comes first.
 */
#ifndef DTSHIM_MODEL_BOOT_ALLOCATOR_H
#define DTSHIM_MODEL_BOOT_ALLOCATOR_H

#include "shim/model/pdx.h"
#include "shim/model/sight.h"

/*
 * What is left for the heap, ascending, pieces that touch not joined; `spare` places for more
 * are there before. False: no room for the list, or memory->stop if there was too little.
 */
struct shim_boot_memory {
    struct shim_ranges free;
    struct shim_range xenheap; /* 32 bits only */
    struct shim_stop *stop;
};

enum { SHIM_BOOT_SPARE = 64 };

bool shim_boot_memory(struct shim_boot_memory *memory, const struct shim_sight *sight);

/* Is all of a range in RAM, in one bank or in banks that touch? */
bool shim_is_ram(const struct shim_xen_banks *ram, struct shim_range range);

/* alloc_boot_pages(): from the top of the highest region that has room; false: none has. */
bool shim_boot_take(struct shim_boot_memory *memory, uint64_t bytes, uint64_t align,
                    uint64_t *base);

/* ---- direct_map.c ------------------------------------------------------------------------ */

/* Page tables that are there so far, by what they map; one past the last index of each. */
struct shim_page_tables {
    uint64_t slot, gib, block;
    uint32_t count;
};

/* What map_pages_to_xen() with blocks needs to map this. */
void shim_map(struct shim_page_tables *tables, uint64_t virtual, uint64_t physical, uint64_t size);

/* All RAM (setup_directmap_mappings()). */
bool shim_boot_direct_map(struct shim_boot_memory *memory, const struct shim_sight *sight,
                          struct shim_pdx pdx);

/* ---- frame_table.c ----------------------------------------------------------------------- */

bool shim_boot_frame_table(struct shim_boot_memory *memory, const struct shim_sight *sight,
                           struct shim_pdx pdx);

/* ---- xenheap.c --------------------------------------------------------------------------- */

/*
 * Its place among these ranges, of a static heap or of free RAM, for a Xen with this many bytes
 * in total; false: there is none.
 */
bool shim_fit_xenheap(const struct shim_ranges *gaps, uint64_t all, bool in_heap,
                      struct shim_range *at);

bool shim_boot_xenheap(struct shim_boot_memory *memory, const struct shim_sight *sight);

#endif
