// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The tables of an identity map for EL2: 48-bit addresses, 4 KiB granule, blocks where they
 * fit (Arm ARM D8.2, "The AArch64 Virtual Memory System Architecture"). The long descriptors of
 * 32 bits are the same from the first level on (G5.5, and ARM DDI 0406C, B3.6).
 *
 * An entry is written once, from 0 to what it stays. So no TLB can hold anything of an entry
 * that is changed, for what is not mapped is not kept there: there is nothing to break before
 * it is made, and nothing to invalidate (D8.14, "TLB maintenance"). What a page may be used
 * for is therefore decided when it is mapped first.
 */
#include "shim/base/span.h"

#include "cpu.h"
#include "shim/base/mem.h"

enum {
    PAGE = 4096,
    ENTRIES = 512,
    LAST_LEVEL = 3,
    DESCRIPTOR_VALID = 1 << 0,
    DESCRIPTOR_TABLE = 1 << 1, /* a page at the last level */
    ATTRIBUTE_DEVICE = 1 << 2, /* AttrIndx 1 */
    ACCESS_EL2 = 1 << 6,       /* AP[1] is RES1 in the EL2 regime */
    READ_ONLY = 1 << 7,        /* AP[2] */
    SHARE_INNER = 3 << 8,
    ACCESSED = 1 << 10,
};
#define EXECUTE_NEVER ((uint64_t)1 << 54)
#define ADDRESS_MASK 0x0000fffffffff000ull
#define LEAF (ACCESSED | ACCESS_EL2 | DESCRIPTOR_VALID)

/* Not valid, so that hardware ignores the rest of it; and not 0, so that it stays. */
#define KEPT_EMPTY ((uint64_t)1 << 55)

static const uint64_t attributes[] = {
    [MAP_NORMAL] = LEAF | SHARE_INNER | EXECUTE_NEVER,
    [MAP_DEVICE] = LEAF | ATTRIBUTE_DEVICE | EXECUTE_NEVER,
    [MAP_CONSTANT] = LEAF | SHARE_INNER | EXECUTE_NEVER | READ_ONLY,
    [MAP_CODE] = LEAF | SHARE_INNER | READ_ONLY,
    [MAP_NOTHING] = KEPT_EMPTY,
};

/* Its zeros are in memory before any entry leads a walk to it: walks may run ahead. */
static uint64_t *take_table(struct map *map)
{
    uint64_t *table = (uint64_t *)map->next;

    if (map->next == map->limit) {
        map->full = true;
        return NULL;
    }
    map->next += PAGE;
    memset(table, 0, PAGE);
    cpu_order_writes();
    return table;
}

void map_init(struct map *map, uint8_t *pool, uint64_t size)
{
    *map = (struct map){ .next = pool, .limit = pool + shim_align_down(size, PAGE) };
    map->root = take_table(map);
}

static unsigned shift_at(unsigned level)
{
    return 12 + 9 * (LAST_LEVEL - level);
}

static uint64_t size_at(unsigned level)
{
    return (uint64_t)1 << shift_at(level);
}

static uint64_t leaf(uint64_t address, unsigned level, enum map_as as)
{
    uint64_t kind = level == LAST_LEVEL ? DESCRIPTOR_TABLE : 0;

    return address | attributes[as] | kind;
}

static bool is_table(uint64_t entry, unsigned level)
{
    return level < LAST_LEVEL && (entry & 3) == (DESCRIPTOR_TABLE | DESCRIPTOR_VALID);
}

/* The table below an entry, made when there is none; NULL: a block is in the way. */
static uint64_t *table_below(struct map *map, uint64_t *entry)
{
    uint64_t *table;

    if (*entry)
        return is_table(*entry, 0) ? (uint64_t *)(uintptr_t)(*entry & ADDRESS_MASK) : NULL;
    table = take_table(map);
    if (table)
        *entry = (uintptr_t)table | DESCRIPTOR_TABLE | DESCRIPTOR_VALID;
    return table;
}

static bool block_fits(uint64_t address, uint64_t end, unsigned level)
{
    return level && shim_align_down(address, size_at(level)) == address &&
           end - address >= size_at(level);
}

static uint64_t behind(uint64_t address, unsigned level)
{
    return shim_align_down(address, size_at(level)) + size_at(level);
}

/*
 * From this entry of a table on, what the rest of the table can hold; returns where the next
 * one starts. Memory has thousands of pages in a row: they are not looked up one by one.
 */
static uint64_t map_row(uint64_t *entry, uint64_t address, uint64_t end, unsigned level,
                        enum map_as as)
{
    uint64_t size = size_at(level), left = ENTRIES - (address >> shift_at(level)) % ENTRIES;

    if (left > (end - address) / size)
        left = (end - address) / size;
    for (; left && !is_table(*entry, level); left--, entry++, address += size)
        if (!*entry)
            *entry = leaf(address, level, as);
    return address;
}

/* Maps as much as one table can hold; returns where the next one starts. */
static uint64_t map_step(struct map *map, uint64_t address, uint64_t end, enum map_as as)
{
    uint64_t *table = map->root;

    for (unsigned level = arch.first_level; level <= LAST_LEVEL; level++) {
        uint64_t *entry = &table[(address >> shift_at(level)) % ENTRIES];

        if (block_fits(address, end, level) && !is_table(*entry, level))
            return map_row(entry, address, end, level, as);
        table = table_below(map, entry);
        if (!table)
            return behind(address, level);
    }
    return end;
}

void map_add(struct map *map, struct shim_range range, enum map_as as)
{
    uint64_t end = shim_align_up(shim_range_end(range), PAGE);
    uint64_t address = shim_align_down(range.base, PAGE);

    if (!range.size || shim_range_wraps(range) || end > arch_address_end())
        return;
    while (address < end && !map->full)
        address = map_step(map, address, end, as);
}
