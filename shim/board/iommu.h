/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the survey of IOMMUs, and the contracts, ask of one another. */
#ifndef DTSHIM_BOARD_IOMMU_H
#define DTSHIM_BOARD_IOMMU_H

#include "shim/board/board.h"

/* Is one of its compatibles in the policy's iommu-drivers? */
bool shim_has_driver(const struct shim_board *board, uint32_t iommu);

/* Is it known, from the policy or its own registers, to lack a second stage? */
bool shim_lacks_stage2(const struct shim_board *board, uint32_t iommu);

/* Does each path of iommu-no-stage2 name an IOMMU? Errors: SHIM_E_POLICY. */
enum shim_code shim_check_told_iommus(const struct shim_board *board, struct shim_error *error);

/* How an SMMU v1 or v2 widens the stream that an entry of `iommus` tells; 0: not at all. */
uint32_t shim_stream_mask(const struct shim_board *board, uint32_t iommu, struct shim_span entry,
                          uint32_t cells);

/* The board's entry for an IOMMU node, or NULL. */
struct shim_iommu *shim_iommu_at(const struct shim_board *board, uint32_t node);

/* Fills in board->legacy. Errors: SHIM_E_MEMORY. */
enum shim_code shim_read_mmu_masters(struct shim_board *board, struct shim_error *error);

#endif
