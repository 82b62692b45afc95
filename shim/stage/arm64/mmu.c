// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * An identity map for EL2: 48-bit addresses, 4 KiB granule, blocks where they
 * fit (Arm ARM D8.2, "The AArch64 Virtual Memory System Architecture").
 */
#include "shim/base/span.h"

#include "../cpu.h"
#include "shim/base/mem.h"

enum {
    PAGE = 4096,
    ENTRIES = 512,
    LAST_LEVEL = 3,
    DESCRIPTOR_VALID = 1 << 0,
    DESCRIPTOR_TABLE = 1 << 1, /* a page at the last level */
    ATTRIBUTE_DEVICE = 1 << 2, /* AttrIndx 1 */
    ACCESS_EL2 = 1 << 6,       /* AP[1] is RES1 in the EL2 regime */
    SHARE_INNER = 3 << 8,
    ACCESSED = 1 << 10,
};
#define EXECUTE_NEVER ((uint64_t)1 << 54)
#define ADDRESS_MASK 0x0000fffffffff000ull

/* MAIR: 0 is Normal write-back read/write-allocate, 1 is Device-nGnRE. */
#define MAIR_VALUE 0x04ffull

/* TCR_EL2: T0SZ 16, inner shareable write-back walks, 4 KiB, RES1 bits 23, 31. */
#define TCR_VALUE (16ull | 1ull << 8 | 1ull << 10 | 3ull << 12 | 1ull << 23 | 1ull << 31)
enum { TCR_PS_SHIFT = 16, PARANGE_48 = 5 };

void stage_mmu_on(uint64_t tables, uint64_t tcr, uint64_t mair);

static uint64_t *take_table(struct map *map)
{
    uint64_t *table = (uint64_t *)map->next;

    if (map->next == map->limit) {
        map->full = true;
        return NULL;
    }
    map->next += PAGE;
    memset(table, 0, PAGE);
    return table;
}

void map_init(struct map *map, uint8_t *pool, uint64_t size)
{
    *map = (struct map){ .next = pool, .limit = pool + shim_align_down(size, PAGE) };
    map->root = take_table(map);
}

static uint64_t size_at(unsigned level)
{
    return (uint64_t)PAGE << 9 * (LAST_LEVEL - level);
}

static uint64_t leaf(uint64_t address, unsigned level, enum map_as as)
{
    uint64_t kind = level == LAST_LEVEL ? DESCRIPTOR_TABLE : 0;
    uint64_t attributes = as == MAP_DEVICE ? EXECUTE_NEVER | ATTRIBUTE_DEVICE : SHARE_INNER;

    return address | attributes | ACCESSED | ACCESS_EL2 | kind | DESCRIPTOR_VALID;
}

/* The table below an entry, made when there is none; NULL: a block is in the way. */
static uint64_t *table_below(struct map *map, uint64_t *entry)
{
    uint64_t *table;

    if (*entry & DESCRIPTOR_VALID)
        return *entry & DESCRIPTOR_TABLE ? (uint64_t *)(uintptr_t)(*entry & ADDRESS_MASK) : NULL;
    table = take_table(map);
    if (table)
        *entry = (uintptr_t)table | DESCRIPTOR_TABLE | DESCRIPTOR_VALID;
    return table;
}

static bool block_fits(uint64_t address, uint64_t end, unsigned level)
{
    return level && address % size_at(level) == 0 && end - address >= size_at(level);
}

/* Maps as much as one entry can hold; returns where the next one starts. */
static uint64_t map_step(struct map *map, uint64_t address, uint64_t end, enum map_as as)
{
    uint64_t *table = map->root;
    unsigned level = 0;

    while (table) {
        uint64_t *entry = &table[address / size_at(level) % ENTRIES];
        bool is_table = level < LAST_LEVEL && (*entry & 3) == 3;

        if (block_fits(address, end, level) && !is_table) {
            if (!(*entry & DESCRIPTOR_VALID))
                *entry = leaf(address, level, as);
            break;
        }
        table = table_below(map, entry);
        if (table)
            level++;
    }
    return shim_align_down(address, size_at(level)) + size_at(level);
}

void map_add(struct map *map, struct shim_range range, enum map_as as)
{
    uint64_t end = shim_align_up(shim_range_end(range), PAGE);
    uint64_t address = shim_align_down(range.base, PAGE);

    while (address < end && !map->full)
        address = map_step(map, address, end, as);
}

/* ---- caches ------------------------------------------------------------------ */

static uint64_t line_size(void)
{
    uint64_t ctr;

    __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
    return (uint64_t)4 << (ctr >> 16 & 0xf);
}

void cpu_clean(struct shim_range range)
{
    uint64_t line = line_size();

    for (uint64_t at = shim_align_down(range.base, line); at < shim_range_end(range); at += line)
        __asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb sy" : : : "memory");
}

void cpu_invalidate(struct shim_range range)
{
    uint64_t line = line_size();

    for (uint64_t at = shim_align_down(range.base, line); at < shim_range_end(range); at += line)
        __asm__ volatile("dc ivac, %0" : : "r"(at) : "memory");
    __asm__ volatile("dsb sy" : : : "memory");
}

/* ARM DDI 0487, ID_AA64MMFR0_EL1.PARange; what is not known yet counts as the least. */
uint32_t cpu_address_bits(void)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 };
    uint64_t features;

    __asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    features &= 0xf;
    return bits[features < sizeof(bits) ? features : 0];
}

void cpu_caches_on(const struct map *map)
{
    uint64_t tables = (uintptr_t)map->root, features;

    __asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    features &= 0xf;
    if (features > PARANGE_48)
        features = PARANGE_48;
    cpu_invalidate((struct shim_range){ tables, (uintptr_t)map->next - tables });
    stage_mmu_on(tables, TCR_VALUE | features << TCR_PS_SHIFT, MAIR_VALUE);
}

bool cpu_mmu_is_on(void)
{
    uint64_t control;

    __asm__ volatile("mrs %0, sctlr_el2" : "=r"(control));
    return control & 1;
}

void cpu_map_changed(void)
{
    __asm__ volatile("dsb sy\n\tisb" : : : "memory");
}

_Noreturn void cpu_stop(void)
{
    while (true)
        __asm__ volatile("wfi");
}
