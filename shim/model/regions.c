// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What dom0 may put foreign pages over: the grant table's range and extended regions
 * (find_gnttab_region(), find_unallocated_memory(), find_memory_holes(), add_ext_regions()).
 */
#include "shim/base/mem.h"
#include "shim/model/bus.h"
#include "shim/model/heap_cpus.h"
#include "shim/model/match.h"
#include "shim/model/pages.h"
#include "shim/model/placing.h"
#include "shim/model/smmu.h"
#include "shim/model/words.h"

enum {
    GRANT_FRAMES = 64,
    TEXT_FRAMES = 116, /* of Xen's code in Debian's 4.17 and 4.20: it gives dom0 no more */
    IPA_BITS = 40,     /* where the CPUs are not known */
};

#define BLOCK (2 * SHIM_MIB)
#define LEAST (64 * SHIM_MIB)

/* gnttab_max_frames=, if it is a number and nothing else (parse_gnttab_limit()). */
static uint64_t grant_frames(const struct shim_sight *sight)
{
    struct shim_span word = shim_sight_word(sight, "gnttab_max_frames");
    const char *at = (const char *)word.at, *end = at ? at + word.len : NULL;
    uint64_t frames;

    if (!at)
        return GRANT_FRAMES;
    frames = shim_word_number(&at, end);
    return at == end && frames <= INT32_MAX ? frames : GRANT_FRAMES;
}

void shim_dom0_grants(const struct shim_sight *sight, struct shim_dom0_memory *memory)
{
    uint64_t frames = grant_frames(sight);

    if (!frames)
        shim_stop(&memory->stop, "grants", SHIM_NONE, "gnttab_max_frames= leaves dom0 no grants",
                  "remove it, or set it to 64 or more", "Error creating domain 0");
    if (sight->boot->image.size)
        memory->grants = (struct shim_range){
            sight->boot->image.base,
            (frames < TEXT_FRAMES ? frames : TEXT_FRAMES) << SHIM_PAGE_BITS };
}

static struct shim_range whole_pages(struct shim_range at)
{
    uint64_t base = shim_align_down(at.base, SHIM_PAGE);
    uint64_t end = shim_align_up(at.base + at.size, SHIM_PAGE);

    return (struct shim_range){ base, end > base ? end - base : 0 };
}

/* ---- with an IOMMU: what no node has ------------------------------------------------------ */

static bool remove_windows(struct shim_ranges *holes, const struct shim_tree *tree, uint32_t node)
{
    struct shim_xen_windows windows;
    struct shim_range at;

    if (!shim_xen_type(tree, node, "pci") || !shim_has_known(tree, node, SHIM_RANGES) ||
        !shim_xen_windows(&windows, tree, node))
        return true;
    while (shim_xen_next_window(&windows, &at))
        if (!shim_ranges_remove(holes, whole_pages(at)))
            return false;
    return true;
}

static bool remove_node(struct shim_ranges *holes, const struct shim_tree *tree, uint32_t node)
{
    struct shim_xen_addresses all = shim_xen_addresses(tree, node);
    struct shim_range at;

    for (uint32_t i = 0; i < all.count; i++)
        if (shim_xen_read_address(&all, i, &at) && !shim_ranges_remove(holes, whole_pages(at)))
            return false;
    return remove_windows(holes, tree, node);
}

static bool find_holes(struct shim_ranges *holes, const struct shim_tree *tree, uint64_t end)
{
    if (!shim_ranges_add(holes, (struct shim_range){ 0, end }))
        return false;
    for (uint32_t node = 0; node < tree->node_count; node++)
        if (!remove_node(holes, tree, node))
            return false;
    return true;
}

/* ---- without: RAM that is unused ---------------------------------------------------------- */

static bool find_ram(struct shim_ranges *left, const struct shim_sight *sight,
                     const struct shim_dom0_memory *memory)
{
    bool room = true;

    for (uint32_t i = 0; room && i < sight->ram.count; i++)
        room = shim_ranges_add(left, sight->ram.at[i].at);
    for (uint32_t i = 0; room && i < memory->count; i++)
        room = shim_ranges_remove(left, memory->banks[i]);
    for (uint32_t i = 0; room && i < sight->reserved.count; i++)
        if (sight->reserved.at[i].kind != SHIM_BANK_MEMRESERVE ||
            sight->boot->release->counts_memreserve)
            room = shim_ranges_remove(left, sight->reserved.at[i].at);
    return room && shim_ranges_remove(left, memory->grants);
}

/* ---- which of the two ---------------------------------------------------------------------- */

/* Whole blocks of 2 MiB, of at least 64 MiB, below the end of dom0's addresses. */
static bool keep(struct shim_ranges *regions, struct shim_range at, uint64_t end, bool cut)
{
    uint64_t base = shim_align_up(at.base, BLOCK);
    uint64_t top = shim_range_end(at) < end ? shim_range_end(at) : end;

    top = shim_align_down(top - cut, BLOCK);
    if (top < base || top - base < LEAST || regions->count == SHIM_XEN_BANKS_MAX)
        return true;
    return shim_ranges_add(regions, (struct shim_range){ base, top - base });
}

/* Each range of a node may split one more. */
static uint32_t most_ranges(const struct shim_sight *sight, const struct shim_dom0_memory *memory,
                            bool holes)
{
    uint32_t most = sight->ram.count + memory->count + sight->reserved.count + 4;

    for (uint32_t node = 0; holes && node < sight->tree->node_count; node++)
        most += shim_xen_addresses(sight->tree, node).count +
                shim_prop(sight->tree, node, SHIM_RANGES).len / 12;
    return most;
}

bool shim_dom0_regions(const struct shim_sight *sight, unsigned bits,
                       struct shim_dom0_memory *memory)
{
    struct shim_heap_cpus cpus = shim_heap_cpus_of(sight);
    uint64_t end = (uint64_t)1 << (cpus.known ? cpus.bits : IPA_BITS);
    bool holes, room = shim_xen_drives_any(sight, &holes);
    uint32_t most = most_ranges(sight, memory, holes);
    struct shim_arena scratch;
    struct shim_ranges found;

    if (!room)
        return false;
    if (bits == 32 || shim_word_is_no(shim_sight_word(sight, "ext_regions")))
        return true;
    if (!shim_ranges_init(&memory->regions, sight->arena,
                          most < SHIM_XEN_BANKS_MAX ? most : SHIM_XEN_BANKS_MAX))
        return false;
    scratch = *sight->arena;
    if (!shim_ranges_init(&found, &scratch, most)) {
        sight->arena->full = true;
        return false;
    }
    room = holes ? find_holes(&found, sight->tree, end) : find_ram(&found, sight, memory);
    for (uint32_t i = 0; room && i < found.count; i++)
        room = keep(&memory->regions, found.at[i], end,
                    sight->boot->release->regions_short);
    return room;
}
