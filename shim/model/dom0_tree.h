/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * dom0's tree: which nodes and properties of the host's Xen copies, leaves out and adds
 * (handle_node(), write_properties(), make_*_node() of domain_build.c), in its order, byte by
 * byte. On the way it finds what stops Xen there: a reg that no ranges cover, an interrupt
 * that Xen keeps, a tree without room.
 */
#ifndef DTSHIM_MODEL_DOM0_TREE_H
#define DTSHIM_MODEL_DOM0_TREE_H

#include "shim/model/memory.h"

struct shim_dom0_tree {
    void *blob;          /* in the sight's arena; NULL: it was not built, `stop` says why */
    size_t len;          /* totalsize; of one that was not written at most */
    struct shim_stop stop;
    const uint8_t *dma;  /* of each node of the host's tree, see smmu.h; NULL: no IOMMUs */
};

/*
 * What the tree does not contain: boot->gic_lines and boot->gicv2m_typer; a ramdisk in an
 * unknown place has none in /chosen; SMMUs with enough in the tree are assumed to be good; cores
 * with the compatible of the first one are assumed to be of its kind.
 * Errors: SHIM_E_MEMORY.
 */
enum shim_code shim_xen_dom0_tree(const struct shim_sight *sight,
                                  const struct shim_dom0_memory *memory,
                                  struct shim_dom0_tree *dom0, struct shim_error *error);

/* The same, but the tree is not written where it is sure that it fits. */
enum shim_code shim_xen_dom0_tree_fits(const struct shim_sight *sight,
                                       const struct shim_dom0_memory *memory,
                                       struct shim_dom0_tree *dom0, struct shim_error *error);

/* Is it a device that dom0 can use, with all its DMA translated? For a Xen that does not stop. */
bool shim_dom0_protects(const struct shim_dom0_tree *dom0, const struct shim_tree *tree,
                        uint32_t node);

/* Does Xen keep this node's subtree from dom0? */
bool shim_sight_keeps(const struct shim_sight *sight, uint32_t node);

#endif
