// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * PCI hosts behind IOMMUs, from 4.21 on with pci-passthrough=on: what is behind the host goes
 * by its iommu-map (iommu_add_dt_pci_sideband_ids(), dt_map_id()).
 */
#include "shim/model/match.h"
#include "shim/model/smmu.h"
#include "shim/model/switch.h"
#include "shim/model/walked.h"

enum { ENTRY = 16, REQUESTERS = 0x10000, BITS_15 = 0x7fff };

/* DEVICE_PCI_HOSTBRIDGE of arch/arm/pci, 4.21 and 4.22: others Xen does not find again. */
static const char hosts[] = "pci-host-ecam-generic\0xlnx,nwl-pcie-2.11\0renesas,r8a779f0-pcie\0"
                            "renesas,r8a779g0-pcie\0";

struct entry {
    uint32_t base, iommu, stream, count;
};

static struct entry entry_at(struct shim_span map, size_t at)
{
    return (struct entry){ shim_be32(map.at + at), shim_be32(map.at + at + 4),
                           shim_be32(map.at + at + 8), shim_be32(map.at + at + 12) };
}

/* Does its IOMMU take all streams from the one of `id` to the one of `last`? */
static bool translates(const struct shim_xen_host *host, const struct entry *entry, uint32_t id,
                       uint32_t last)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t node = entry->iommu ? shim_node_of_phandle(tree, entry->iommu) : SHIM_NONE;
    const struct shim_xen_smmu *smmu = node == SHIM_NONE ? NULL : shim_xen_smmu_at(host, node);
    uint64_t stream = (uint64_t)entry->stream + (last - entry->base);
    uint32_t mask = 0;

    if (!smmu || !smmu->driven || id < entry->base)
        return false;
    if (smmu->kind != SHIM_XEN_SMMU)
        return stream <= UINT32_MAX;
    shim_first_cell(shim_prop_named(tree, node, "stream-match-mask"), &mask);
    return stream <= BITS_15 && mask <= BITS_15;
}

/* The last requester ID from `id` on for which no entry begins or ends. */
static uint32_t last_alike(struct shim_span map, uint32_t id)
{
    uint32_t last = REQUESTERS - 1;

    for (size_t at = 0; at < map.len; at += ENTRY) {
        struct entry entry = entry_at(map, at);
        uint32_t end = entry.base + entry.count;

        if (entry.base > id && entry.base - 1 < last)
            last = entry.base - 1;
        if (end > id && end - 1 < last)
            last = end - 1;
    }
    return last;
}

/* The first entry that fits counts; one that the mask does not let fit is an error. */
static bool id_translates(const struct shim_xen_host *host, struct shim_span map, uint32_t mask,
                          uint32_t id, uint32_t last)
{
    for (size_t at = 0; at < map.len; at += ENTRY) {
        struct entry entry = entry_at(map, at);

        if (entry.base & ~mask)
            return false;
        if (id >= entry.base && id < entry.base + entry.count)
            return translates(host, &entry, id, last);
    }
    return false;
}

/* Behind a host any requester ID may appear. */
static bool all_translate(const struct shim_xen_host *host, struct shim_span map, uint32_t mask)
{
    uint32_t ids = mask & (REQUESTERS - 1), id = 0;

    do {
        uint32_t last = ids == REQUESTERS - 1 ? last_alike(map, id) : id;

        if (!id_translates(host, map, mask, id, last))
            return false;
        id = last + 1;
        id = ids == REQUESTERS - 1 ? id & ids : (id - 1 - ids) & ids;
    } while (id);
    return true;
}

static enum shim_xen_dma verdict(const struct shim_xen_host *host, uint32_t node)
{
    const struct shim_sight *sight = host->sight;
    struct shim_span map = shim_prop(sight->tree, node, SHIM_IOMMU_MAP);
    uint32_t mask = UINT32_MAX;

    if (!sight->boot->release->reads_iommu_map ||
        shim_line_switch(sight->xen_line, "pci-passthrough") <= 0)
        return SHIM_XEN_OPEN;
    if (!shim_xen_compatible(sight->tree, node, hosts))
        return SHIM_XEN_NO_HOST;
    shim_first_cell(shim_prop(sight->tree, node, SHIM_IOMMU_MAP_MASK), &mask);
    return map.len && map.len % ENTRY == 0 && all_translate(host, map, mask)
               ? SHIM_XEN_TRANSLATED : SHIM_XEN_UNMAPPED;
}

void shim_xen_map_host(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;

    if (!host->iommu || !shim_has_known(tree, node, SHIM_IOMMU_MAP) || !shim_available(tree, node))
        return;
    if (shim_line_switch(host->sight->xen_line, "pci-passthrough") > 0)
        shim_walk_depends(host);
    host->dma[node] = (uint8_t)verdict(host, node);
}
