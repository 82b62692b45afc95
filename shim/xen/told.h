/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the model says about the board's nodes before anything is decided, for the strictest of
 * the releases that Xen may be: for the survey.
 */
#ifndef DTSHIM_XEN_TOLD_H
#define DTSHIM_XEN_TOLD_H

#include "shim/model/retype.h"
#include "shim/plan/plan.h"

enum { SHIM_KEPT_EXTENDED = UINT16_MAX }; /* not an interrupt that Xen keeps: one that it misreads */

/*
 * By node: an enum shim_xen_dma of shim/model/smmu.h, for board->told; and the interrupt that
 * Xen keeps for itself, SHIM_KEPT_EXTENDED or 0, for board->kept (`kept` NULL: not asked for).
 * These devices are known before the survey: what dom0 does not have masters no DMA for dom0.
 * Errors: SHIM_E_MEMORY.
 */
enum shim_code shim_xen_find_told(const struct shim_plan *plan, const uint8_t **told,
                                  const uint16_t **kept, struct shim_error *error);

/*
 * Interrupts of dom0's devices that have to be written with another type: in the arena, which is
 * full if there was no room to look. NULL: none.
 */
const struct shim_retype *shim_xen_find_retypes(const struct shim_plan *plan, uint32_t *count);

/* Can Xen run on the board at all? Errors: SHIM_E_MEMORY, SHIM_E_UNSUPPORTED. */
enum shim_code shim_xen_check_board(const struct shim_plan *plan, struct shim_error *error);

/*
 * More RAM than any of the releases maps: a search for a place would be pointless. What depends
 * on where the RAM is, the forecast decides. Errors: SHIM_E_UNSUPPORTED.
 */
enum shim_code shim_xen_check_ram(const struct shim_plan *plan, struct shim_error *error);

/* For the guard: see shim/board/board.h. */
const char *shim_xen_off(const struct shim_board *board);
const char *shim_xen_undriven(const struct shim_board *board, uint32_t iommu);
const char *shim_xen_untranslated(const struct shim_board *board, uint32_t node);

#endif
