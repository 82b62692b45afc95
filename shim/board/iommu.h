/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the IOMMU survey and the contracts need from each other. */
#ifndef DTSHIM_BOARD_IOMMU_H
#define DTSHIM_BOARD_IOMMU_H

#include "shim/board/board.h"

/* Is one of its compatibles in the policy's iommu-drivers? */
bool shim_has_driver(const struct shim_board *board, uint32_t iommu);

/* Is it known, from the policy or its own registers, to lack a second stage? */
bool shim_lacks_stage2(const struct shim_board *board, uint32_t iommu);

/*
 * Reads the policy about IOMMUs: fills in board->drivers and board->no_stage2, where each path
 * has to name an IOMMU. Errors: SHIM_E_POLICY, SHIM_E_MEMORY.
 */
enum shim_code shim_read_told_iommus(struct shim_board *board, struct shim_error *error);

/* Is this node one, by its properties? */
static inline bool shim_is_iommu(const struct shim_tree *tree, uint32_t node)
{
    return shim_has_known(tree, node, SHIM_IOMMU_CELLS) ||
           shim_has_known(tree, node, SHIM_MMU_MASTERS);
}

/* There is no memory for the facts about the nodes. */
enum shim_code shim_no_dma_room(const struct shim_board *board, struct shim_error *error);

/* How an SMMU v1 or v2 widens the stream in an entry of `iommus`; 0: not at all. */
uint32_t shim_stream_mask(const struct shim_board *board, uint32_t iommu, struct shim_span entry,
                          uint32_t cells);

/* The board's entry for an IOMMU node, or NULL. */
struct shim_iommu *shim_iommu_at(const struct shim_board *board, uint32_t node);

/* What was found out about a device on the way to its verdict. */
struct shim_streams {
    uint32_t iommu;       /* the first one that is driven, or SHIM_NONE */
    uint32_t dom0s;       /* the first one that dom0 drives, or SHIM_NONE */
    bool several;         /* more than one driven IOMMU */
    const char *flaw;     /* the first reason why it is not protected, */
    const char *cause;    /* and the part of it that other devices share */
};

/* Streams of the device go through the IOMMU, which has one user more. */
void shim_pass_through(struct shim_streams *streams, struct shim_iommu *iommu, uint32_t device);

/*
 * Why the iommu-map of a node does not bring every requester ID, as masked, to a driven IOMMU;
 * NULL: it does. iommu_map.c
 */
const char *shim_iommu_map_flaw(const struct shim_board *board, uint32_t node,
                                struct shim_streams *streams);

/* Fills in board->legacy. Errors: SHIM_E_MEMORY. */
enum shim_code shim_read_mmu_masters(struct shim_board *board, struct shim_error *error);

#endif
