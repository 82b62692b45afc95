// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Stage 2: from what the guest calls physical (IPA) to what the machine does.
 * 40-bit addresses, 4 KiB granule, starting at level 1 with two tables side by
 * side (Arm ARM D8.2, "Concatenated translation tables").
 *
 * The MMU of EL2 is off: tables are written uncached, and VTCR_EL2 has them
 * read uncached, so that no cache maintenance is needed.
 */
#include "shim/base/span.h"

#include "shim/base/mem.h"
#include "witness.h"

enum {
    PAGE = 4096,
    ENTRIES = 512,
    FIRST_LEVEL = 1,
    LAST_LEVEL = 3,
    ROOT_ENTRIES = 1 << (GUEST_ADDRESS_BITS - 30), /* 1 GiB each */
    ROOT_BYTES = 8 * ROOT_ENTRIES,

    /* Descriptors: Arm ARM D8.3. */
    VALID = 1 << 0,
    TABLE = 1 << 1, /* a page at the last level */
    MEMATTR_SHIFT = 2,
    READ_WRITE = 3 << 6,
    SHARE_INNER = 3 << 8,
    ACCESSED = 1 << 10,
};
#define EXECUTE_NEVER ((uint64_t)1 << 54)
#define ADDRESS_MASK 0x0000fffffffff000ull

/* VTCR_EL2, Arm ARM: RES1, start at level 1, 40 bits, walks uncached. */
#define VTCR_RES1 ((uint64_t)1 << 31)
enum { VTCR_SL0_LEVEL1 = 1 << 6, VTCR_T0SZ = 64 - GUEST_ADDRESS_BITS, VTCR_PS_SHIFT = 16,
       PARANGE_48 = 5 };
#define VMID_1 ((uint64_t)1 << 48)

/* PAR_EL1: bit 0 says that the translation failed. */
enum { PAR_FAILED = 1 };

static uint8_t *take(struct stage2 *tables, uint64_t size)
{
    uint8_t *taken = tables->next;

    if ((uint64_t)(tables->limit - taken) < size) {
        tables->full = true;
        return NULL;
    }
    tables->next += size;
    return memset(taken, 0, size);
}

void stage2_init(struct stage2 *tables, uint8_t *pool, uint64_t size)
{
    *tables = (struct stage2){ .next = pool, .limit = pool + size };
    tables->root = (uint64_t *)take(tables, ROOT_BYTES);
}

bool stage2_reaches(struct shim_range guest)
{
    return guest.size && !((shim_range_end(guest) - 1) >> GUEST_ADDRESS_BITS);
}

/* MemAttr[3:0] of stage 2 (Arm ARM D8.6); only memory may hold instructions. */
static uint64_t attributes_of(enum shim_memory_type type)
{
    switch (type) {
    case SHIM_NORMAL_WB:
        return 0xf << MEMATTR_SHIFT | SHARE_INNER;
    case SHIM_NORMAL_NC:
        return 0x5 << MEMATTR_SHIFT;
    case SHIM_DEVICE_GRE:
        return 0x3 << MEMATTR_SHIFT | EXECUTE_NEVER;
    default:
        return 0x1 << MEMATTR_SHIFT | EXECUTE_NEVER;
    }
}

static uint64_t size_at(unsigned level)
{
    return (uint64_t)PAGE << 9 * (LAST_LEVEL - level);
}

static uint64_t *entry_at(uint64_t *table, uint64_t guest, unsigned level)
{
    return &table[guest / size_at(level) % (level == FIRST_LEVEL ? ROOT_ENTRIES : ENTRIES)];
}

/* The table below an entry, made when there is none; NULL: a block is in the way. */
static uint64_t *table_below(struct stage2 *tables, uint64_t *entry)
{
    uint8_t *table;

    if (*entry & VALID)
        return *entry & TABLE ? (uint64_t *)(uintptr_t)(*entry & ADDRESS_MASK) : NULL;
    table = take(tables, PAGE);
    if (table)
        *entry = (uintptr_t)table | TABLE | VALID;
    return (uint64_t *)(uintptr_t)table;
}

/* One entry can say it all: both addresses aligned, and enough of them left. */
static bool fits(uint64_t guest, uint64_t machine, uint64_t left, unsigned level)
{
    return (guest | machine) % size_at(level) == 0 && left >= size_at(level);
}

static void fill(uint64_t *entry, uint64_t machine, unsigned level, uint64_t attributes)
{
    if (!(*entry & VALID))
        *entry = machine | attributes | READ_WRITE | ACCESSED |
                 (level == LAST_LEVEL ? TABLE : 0) | VALID;
}

/* Maps as much as one entry can hold; returns how much that was. */
static uint64_t map_step(struct stage2 *tables, uint64_t guest, uint64_t machine, uint64_t left,
                         uint64_t attributes)
{
    uint64_t *table = tables->root;
    unsigned level = FIRST_LEVEL;

    while (table) {
        uint64_t *entry = entry_at(table, guest, level);
        bool is_table = level < LAST_LEVEL && (*entry & VALID) && (*entry & TABLE);

        if (fits(guest, machine, left, level) && !is_table) {
            fill(entry, machine, level, attributes);
            break;
        }
        table = table_below(tables, entry);
        if (table)
            level++;
    }
    return size_at(level) - guest % size_at(level);
}

void stage2_map(struct stage2 *tables, struct shim_range guest, uint64_t machine,
                enum shim_memory_type type)
{
    uint64_t done = 0;

    while (done < guest.size && !tables->full)
        done += map_step(tables, guest.base + done, machine + done, guest.size - done,
                         attributes_of(type));
}

void stage2_install(const struct stage2 *tables)
{
    uint64_t range = READ_REGISTER(id_aa64mmfr0_el1) & 0xf;

    WRITE_REGISTER(vtcr_el2, VTCR_RES1 | (range < PARANGE_48 ? range : PARANGE_48) << VTCR_PS_SHIFT |
                             VTCR_SL0_LEVEL1 | VTCR_T0SZ);
    WRITE_REGISTER(vttbr_el2, VMID_1 | (uintptr_t)tables->root);
    __asm__ volatile("dsb sy\n\tisb\n\ttlbi alle1\n\tic iallu\n\tdsb sy\n\tisb" : : : "memory");
}

/* With stage 1 off, as a kernel starts, AT S12E1R translates guest physical addresses. */
bool stage2_translate(uint64_t guest, uint64_t *machine)
{
    uint64_t result;

    __asm__ volatile("at s12e1r, %0\n\tisb" : : "r"(guest) : "memory");
    result = READ_REGISTER(par_el1);
    *machine = (result & ADDRESS_MASK) | guest % PAGE;
    return !(result & PAR_FAILED);
}
