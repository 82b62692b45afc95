// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The frame table: setup_frametable_mappings(); from 4.22 init_frametable(). */
#include "shim/model/boot_allocator.h"
#include "shim/model/pages.h"

enum { INFO_64 = 56, INFO_32 = 32 }; /* PAGE_INFO_SIZE */

/* FRAMETABLE_SIZE: the addresses that it has for itself. */
#define ROOM_64 (32 * SHIM_GIB)
#define ROOM_32 (96 * SHIM_MIB)

struct frame_table {
    struct shim_boot_memory *memory;
    struct shim_page_tables tables;
    uint32_t info;   /* bytes for a frame */
    uint64_t base;   /* the first index that has a place in it */
};

/* Takes the memory of a piece, and of the page tables that map it. */
static bool take(struct frame_table *table, uint64_t from, uint64_t bytes, uint64_t align)
{
    uint32_t before = table->tables.count;
    uint64_t at, page;

    if (!shim_boot_take(table->memory, bytes, align, &at))
        return false;
    shim_map(&table->tables, from, at, bytes);
    for (uint32_t i = before; i < table->tables.count; i++)
        if (!shim_boot_take(table->memory, SHIM_PAGE, SHIM_PAGE, &page))
            return false;
    return true;
}

static bool take_whole(struct frame_table *table, uint64_t indexes)
{
    uint64_t bytes = indexes * table->info;

    bytes = shim_align_up(bytes, bytes < 32 * SHIM_MIB ? 2 * SHIM_MIB : 32 * SHIM_MIB);
    return take(table, 0, bytes, 32 * SHIM_MIB);
}

static bool take_chunk(struct frame_table *table, uint64_t from, uint64_t to)
{
    uint64_t bytes = shim_align_up((to - from) * table->info, SHIM_PAGE);

    return take(table, (from - table->base) * table->info, bytes,
                bytes >= 32 * SHIM_MIB ? 32 * SHIM_MIB : 2 * SHIM_MIB);
}

/* The index of a bank's last whole frame. */
static uint64_t last_index(struct shim_pdx pdx, struct shim_range bank)
{
    return shim_pdx(pdx, (shim_range_end(bank) >> SHIM_PAGE_BITS) - 1);
}

/* A chunk for each run of groups with RAM; the last one ends with the last frame. */
static bool take_groups(struct frame_table *table, const struct shim_xen_banks *ram,
                        struct shim_pdx pdx, uint64_t end)
{
    uint64_t group = 2 * SHIM_MIB >> __builtin_ctz(table->info);
    uint64_t from = shim_pdx(pdx, ram->at[0].at.base >> SHIM_PAGE_BITS) / group, to = from;

    table->base = from * group;
    for (uint32_t i = 0; i < ram->count; i++) {
        uint64_t first = shim_pdx(pdx, ram->at[i].at.base >> SHIM_PAGE_BITS) / group;

        if (first > to && i) {
            if (!take_chunk(table, from * group, to * group))
                return false;
            from = first;
        }
        to = last_index(pdx, ram->at[i].at) / group + 1;
    }
    return take_chunk(table, from * group, end);
}

static bool has_addresses(const struct shim_boot_memory *memory, const struct shim_sight *sight,
                          const struct frame_table *table, uint64_t indexes)
{
    const struct shim_release *release = sight->boot->release;
    uint64_t room = table->info == INFO_32 ? ROOM_32 : ROOM_64;

    if (!release->bounds_frame_table || indexes <= room / table->info)
        return true;
    shim_stop(memory->stop, "frame-table", sight->ram.at[sight->ram.count - 1].node,
              shim_say(sight->arena, "RAM from its first byte to its last has more frames than "
                       "Xen's table has room for: %s", SHIM_SIZE(room)),
              "remove what is not RAM from reg", "%s",
              release->table_by_group ? "Frametable too small"
                                      : "The frametable cannot cover the physical region");
    memory->stop->silent = true;
    return false;
}

bool shim_boot_frame_table(struct shim_boot_memory *memory, const struct shim_sight *sight,
                           struct shim_pdx pdx)
{
    bool narrow = sight->boot->arch == SHIM_XEN_ARM32;
    struct frame_table table = { .memory = memory, .info = narrow ? INFO_32 : INFO_64 };
    uint64_t first = shim_pdx(pdx, sight->ram.at[0].at.base >> SHIM_PAGE_BITS);
    uint64_t end = last_index(pdx, sight->ram.at[sight->ram.count - 1].at) + 1;

    if (!has_addresses(memory, sight, &table, end - first))
        return false;
    /* These tables are Xen's own, in its image. */
    table.tables.slot = UINT64_MAX;
    if (narrow)
        table.tables.gib = UINT64_MAX;
    return sight->boot->release->table_by_group ? take_groups(&table, &sight->ram, pdx, end)
                                                : take_whole(&table, end - first);
}
