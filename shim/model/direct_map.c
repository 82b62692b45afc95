// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Page tables: xen_pt_update(), xen_pt_mapping_level(), setup_directmap_mappings(). */
#include "shim/model/boot_allocator.h"
#include "shim/model/memory.h"
#include "shim/model/pages.h"

#define SLOT ((uint64_t)512 << 30)
#define GIB SHIM_GIB
#define ARM32_END ((uint64_t)1 << 40)
#define BLOCK (2 * SHIM_MIB)

uint64_t shim_most_ram(const struct shim_release *release, enum shim_xen_arch arch)
{
    return arch == SHIM_XEN_ARM32 ? ARM32_END : release->direct_map * SLOT;
}

static void need(struct shim_page_tables *tables, uint64_t *seen, uint64_t index)
{
    if (index < *seen)
        return;
    *seen = index + 1;
    tables->count++;
}

/* The bytes from `at` on that are mapped at one level, with one table of each level above. */
static uint64_t step(struct shim_page_tables *tables, uint64_t at, uint64_t both, uint64_t left)
{
    uint64_t most;

    need(tables, &tables->slot, at / SLOT);
    if (!(both % GIB) && left >= GIB)
        return GIB;
    need(tables, &tables->gib, at / GIB);
    if (!(both % BLOCK) && left >= BLOCK) {
        most = GIB - at % GIB;
        left = shim_align_down(left, BLOCK);
    } else {
        need(tables, &tables->block, at / BLOCK);
        most = BLOCK - at % BLOCK;
    }
    return left < most ? left : most;
}

void shim_map(struct shim_page_tables *tables, uint64_t virtual, uint64_t physical, uint64_t size)
{
    while (size) {
        uint64_t done = step(tables, virtual, virtual | physical, size);

        virtual += done;
        physical += done;
        size -= done;
    }
}

static bool take_tables(struct shim_boot_memory *memory, uint32_t count)
{
    uint64_t page;

    while (count--)
        if (!shim_boot_take(memory, SHIM_PAGE, SHIM_PAGE, &page))
            return false;
    return true;
}

static bool is_addressed(const struct shim_boot_memory *memory, const struct shim_xen_bank *bank)
{
    if (shim_range_end(bank->at) <= ARM32_END)
        return true;
    shim_stop(memory->stop, "ram-span", bank->node,
              "it has RAM above 40 bits, and 32-bit cores reach no higher",
              "remove what is not RAM from reg", "%s", "");
    memory->stop->silent = true;
    return false;
}

/* In one GiB of virtual addresses: the xenheap. */
static bool map_xenheap(struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    for (uint32_t i = 0; i < sight->ram.count; i++)
        if (!is_addressed(memory, &sight->ram.at[i]))
            return false;
    return take_tables(memory, 1);
}

/*
 * DIRECTMAP_SIZE. Not every release looks whether RAM goes beyond it; those that do not are
 * not made for it, and a debug build of them ends in an assertion.
 */
static bool check_span(const struct shim_boot_memory *memory, const struct shim_sight *sight,
                       const struct shim_xen_bank *bank, uint64_t offset)
{
    uint64_t most = shim_most_ram(sight->boot->release, SHIM_XEN_ARM64);

    if (offset < most && bank->at.size <= most - offset)
        return true;
    shim_stop(memory->stop, "ram-span", bank->node,
              shim_say(sight->arena, "RAM from its first byte to the end of this bank spans more "
                       "than the %s that Xen can map", SHIM_SIZE(most)),
              "remove what is not RAM from reg", "%s", "");
    memory->stop->silent = true;
    return false;
}

bool shim_boot_direct_map(struct shim_boot_memory *memory, const struct shim_sight *sight,
                          struct shim_pdx pdx)
{
    struct shim_page_tables tables = { 0 };
    uint64_t first = sight->ram.at[0].at.base;
    uint64_t first_pdx = shim_pdx(pdx, first >> SHIM_PAGE_BITS);

    if (sight->boot->arch == SHIM_XEN_ARM32)
        return map_xenheap(memory, sight);
    for (uint32_t i = 0; i < sight->ram.count; i++) {
        struct shim_range bank = sight->ram.at[i].at;
        uint64_t from = shim_align_down(bank.base, SHIM_PAGE);
        uint64_t index = shim_pdx(pdx, from >> SHIM_PAGE_BITS) - first_pdx;

        if (!check_span(memory, sight, &sight->ram.at[i], index << SHIM_PAGE_BITS))
            return false;
        shim_map(&tables, (first & (GIB - 1) & ~(uint64_t)(SHIM_PAGE - 1)) +
                 (index << SHIM_PAGE_BITS), from, shim_align_down(bank.size, SHIM_PAGE));
    }
    return take_tables(memory, tables.count);
}
