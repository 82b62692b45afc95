/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The rows of iommu-map and msi-map (bindings pci-iommu.yaml, pci-msi.txt; of_map_id() of
 * Linux): the first ID, a phandle, as many cells as its node has in #iommu-cells or
 * #msi-cells (1 if it has none), and the number of IDs.
 *
 * Kernels before 7 read four cells per row whatever the node has, and some trees are written
 * for those. Linux 7 still does so where nothing else can be meant (of_check_bad_map()). Here
 * four cells are also used where rows of the nodes' lengths do not end with the map.
 */
#ifndef DTSHIM_FDT_ID_MAP_H
#define DTSHIM_FDT_ID_MAP_H

#include "shim/fdt/tree.h"

/* What is still to be read of one map. */
struct shim_id_map {
    const struct shim_tree *tree;
    const char *cells;     /* the property that the nodes say it with */
    struct shim_span rest;
    bool four;             /* each row has four cells */
};

struct shim_id_row {
    uint32_t first, count;
    uint32_t target;       /* the node, never SHIM_NONE */
    uint32_t cells;        /* that it needs; a row of four has one in any case */
    struct shim_span bytes;
};

/* False if it is not a whole number of rows: then no kernel reads all of it. */
bool shim_read_id_map(struct shim_id_map *map, const struct shim_tree *tree, const char *cells,
                      struct shim_span value);

/* The next one; false at the end, or if the rest is not a row. */
bool shim_next_id_row(struct shim_id_map *map, struct shim_id_row *row);

/* The same for the iommu-map of a node, which is empty where it has none. */
static inline bool shim_read_iommu_map(struct shim_id_map *map, const struct shim_tree *tree,
                                       uint32_t node)
{
    return shim_read_id_map(map, tree, "#iommu-cells", shim_prop(tree, node, SHIM_IOMMU_MAP));
}

#endif
