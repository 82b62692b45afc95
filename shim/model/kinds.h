/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the lists of compatibles in Xen make of each node: all of them are read once for a tree. */
#ifndef DTSHIM_MODEL_KINDS_H
#define DTSHIM_MODEL_KINDS_H

#include <stdbool.h>
#include <stdint.h>

/* A node may be of several. */
enum shim_xen_kind {
    SHIM_KIND_SKIPPED = 1 << 0, /* skip_matches[] of handle_node() */
    SHIM_KIND_HIDDEN = 1 << 1,  /* those that are in it from 4.18 on */
    SHIM_KIND_GIC_2 = 1 << 2,
    SHIM_KIND_GIC_3 = 1 << 3,
    SHIM_KIND_GIC = SHIM_KIND_GIC_2 | SHIM_KIND_GIC_3,
    SHIM_KIND_TIMER = 1 << 4,
    SHIM_KIND_SMMU = 1 << 5,    /* of version 1 or 2 */
    SHIM_KIND_SMMU_3 = 1 << 6,
    SHIM_KIND_OTHER = 1 << 7,   /* an IOMMU among boot->other_iommus */
    SHIM_KIND_IOMMU = SHIM_KIND_SMMU | SHIM_KIND_SMMU_3 | SHIM_KIND_OTHER,
};

struct shim_xen_kinds {
    const uint8_t *of; /* each node; NULL: not known yet */
    uint8_t some;      /* those that the tree has at all */
};

struct shim_arena;
struct shim_sight;
struct shim_tree;
struct shim_xen_boot;

/* For a boot of several releases, one after the other. `of` NULL: no memory. */
struct shim_xen_kinds shim_xen_kinds(const struct shim_xen_boot *boot,
                                     const struct shim_tree *tree, struct shim_arena *arena);

/* Fills in sight->kinds, by the boot's where it has them. False: no memory. */
bool shim_xen_find_kinds(struct shim_sight *sight);

#endif
