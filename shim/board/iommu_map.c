// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which requester IDs of a PCI host the rows of its iommu-map bring to driven IOMMUs. */
#include "shim/board/iommu.h"
#include "shim/fdt/id_map.h"

/* The shortest row, in bytes, is one for an IOMMU that asks for no cell. */
enum { REQUESTERS = 0x10000, ROW_LEAST = 12 };

struct coverage {
    struct shim_ranges ids;
    bool gap;     /* a row with an IOMMU that is not driven: the first that fits counts */
    bool wide;    /* a row with an IOMMU that needs more or fewer cells than one */
};

void shim_pass_through(struct shim_streams *streams, struct shim_iommu *iommu, uint32_t device)
{
    iommu->users += iommu->last_user != device;
    iommu->last_user = device;
    if (iommu->dom0s && streams->dom0s == SHIM_NONE)
        streams->dom0s = iommu->node;
    if (iommu->flaw)
        return;
    if (streams->iommu == SHIM_NONE)
        streams->iommu = iommu->node;
    streams->several = streams->several || streams->iommu != iommu->node;
}

static void cover(const struct shim_board *board, uint32_t node, struct shim_id_map *map,
                  struct coverage *coverage, struct shim_streams *streams)
{
    struct shim_id_row row;
    uint32_t cells;

    while (shim_next_id_row(map, &row)) {
        struct shim_iommu *iommu = shim_iommu_at(board, row.target);

        if (!iommu || !shim_cell(shim_prop(board->tree, row.target, SHIM_IOMMU_CELLS), &cells)) {
            coverage->gap = true;
            continue;
        }
        shim_pass_through(streams, iommu, node);
        coverage->gap = coverage->gap || iommu->flaw;
        coverage->wide = coverage->wide || cells != 1;
        shim_ranges_collect(&coverage->ids, (struct shim_range){ row.first, row.count });
    }
    shim_ranges_settle(&coverage->ids);
}

/* Is every requester ID, as masked, in the set? */
static bool covers_all(const struct shim_ranges *covered, uint32_t mask)
{
    uint32_t id = 0;

    if (mask == REQUESTERS - 1)
        return shim_ranges_holding(covered, (struct shim_range){ 0, REQUESTERS });
    do {
        if (!shim_ranges_holding(covered, (struct shim_range){ id, 1 }))
            return false;
        id = (id - mask) & mask; /* the next number with all its bits in the mask */
    } while (id);
    return true;
}

/* A hypervisor may read four cells a row whatever the IOMMU says, as Xen does to this day. */
static const char *coverage_flaw(const struct shim_board *board, uint32_t node,
                                 const struct coverage *coverage)
{
    uint32_t mask = REQUESTERS - 1;

    shim_cell(shim_prop(board->tree, node, SHIM_IOMMU_MAP_MASK), &mask);
    if (coverage->gap || !covers_all(&coverage->ids, mask & (REQUESTERS - 1)))
        return "its iommu-map leaves requester IDs without an IOMMU that is driven";
    return coverage->wide ? "its iommu-map names an IOMMU whose #iommu-cells is not 1" : NULL;
}

const char *shim_iommu_map_flaw(const struct shim_board *board, uint32_t node,
                                struct shim_streams *streams)
{
    size_t most = shim_prop(board->tree, node, SHIM_IOMMU_MAP).len / ROW_LEAST;
    struct coverage coverage = { .gap = false };
    struct shim_id_map map;
    bool whole = shim_read_iommu_map(&map, board->tree, node);

    if (!most || !shim_ranges_init(&coverage.ids, board->arena, (uint32_t)most))
        return "its iommu-map has no row";
    cover(board, node, &map, &coverage, streams);
    return whole ? coverage_flaw(board, node, &coverage)
                 : "its iommu-map is not a whole number of rows";
}
