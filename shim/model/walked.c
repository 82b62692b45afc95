// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/walked.h"

#include "shim/base/mem.h"

struct shim_xen_walked *shim_walked_new(const struct shim_tree *tree,
                                        const struct shim_xen_kinds *kinds,
                                        struct shim_arena *arena)
{
    struct shim_xen_walked *walked = shim_alloc(arena, 1, sizeof(*walked));
    uint8_t *dma = kinds->some & SHIM_KIND_IOMMU ? shim_alloc(arena, tree->node_count, 1) : NULL;

    if (walked)
        *walked = (struct shim_xen_walked){ .dma = dma };
    return dma || !(kinds->some & SHIM_KIND_IOMMU) ? walked : NULL;
}

void shim_walked_begin(struct shim_xen_walked *walked, const struct shim_xen_host *host)
{
    const struct shim_sight *sight = host->sight;

    walked->known = false;
    /* Nodes of domains are dom0's before 4.18. */
    walked->depends = sight->kinds.some & SHIM_KIND_HIDDEN ||
                      sight->ram.count > SHIM_WALKED_RAM_MAX;
    if (walked->depends)
        return;
    walked->gic = host->gic;
    walked->timer = host->timer;
    walked->console = host->console;
    walked->platform = host->platform;
    walked->iommu = host->iommu;
    memcpy(walked->interrupts, host->interrupts, sizeof(walked->interrupts));
    walked->ram_count = sight->ram.count;
    for (uint32_t i = 0; i < sight->ram.count; i++)
        walked->ram[i] = sight->ram.at[i].at;
    walked->gics = walked->timers = 0;
    walked->chosen = SHIM_NONE;
}

void shim_walk_pages(const struct shim_xen_host *host, struct shim_range at)
{
    struct shim_xen_walked *walked = host->sight->boot->walked;

    for (uint32_t i = 0; walked && !walked->depends && i < walked->ram_count; i++)
        walked->depends = shim_range_overlaps(walked->ram[i], at);
}

static bool has_same_ram(const struct shim_xen_walked *walked, const struct shim_xen_banks *ram)
{
    bool same = ram->count == walked->ram_count;

    for (uint32_t i = 0; same && i < ram->count; i++)
        same = ram->at[i].at.base == walked->ram[i].base && ram->at[i].at.size == walked->ram[i].size;
    return same;
}

static bool is_in_ram(const struct shim_xen_walked *walked, struct shim_range at)
{
    for (uint32_t i = 0; i < walked->ram_count; i++)
        if (shim_range_contains(walked->ram[i], at))
            return true;
    return !at.size;
}

bool shim_walked_holds(const struct shim_xen_walked *walked, const struct shim_xen_host *host,
                       const struct shim_dom0_memory *memory)
{
    return walked->known && walked->gic == host->gic && walked->timer == host->timer &&
           walked->console == host->console && walked->platform == host->platform &&
           walked->iommu == host->iommu &&
           has_same_ram(walked, &host->sight->ram) && is_in_ram(walked, memory->kernel) &&
           is_in_ram(walked, memory->ramdisk) && is_in_ram(walked, memory->tree) &&
           !memcmp(walked->interrupts, host->interrupts, sizeof(walked->interrupts));
}
