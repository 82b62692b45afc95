/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The passes that are the same for every contract: each works out what the board's facts mean. */
#ifndef DTSHIM_PLAN_PASS_H
#define DTSHIM_PLAN_PASS_H

#include "shim/plan/plan.h"

/* Which devices' DMA does a driven IOMMU translate, and which have xen-dma-safe for it? */
shim_pass shim_pass_iommu;

/* Which addresses does each device reach, and what does that mean for dom0's memory? */
shim_pass shim_pass_dma;

/* How may the hypervisor map on-chip memory? */
shim_pass shim_pass_sram;

/*
 * Which guest addresses are in use (plan->taken), unless the policy wants no ranges: between
 * begin and end the contract takes up to `more` for what it moves there.
 * Errors: SHIM_E_MEMORY.
 */
bool shim_wants_regions(struct shim_plan *plan);
enum shim_code shim_begin_taken(struct shim_plan *plan, uint32_t more, struct shim_error *error);
bool shim_take(struct shim_plan *plan, struct shim_range range);
void shim_end_taken(struct shim_plan *plan);
enum shim_code shim_no_room_for_regions(struct shim_error *error);

/* A device in use with registers that overlap the range; SHIM_NONE: there is none. */
uint32_t shim_device_in(const struct shim_plan *plan, struct shim_range range);

/* Is it the node of a module? */
bool shim_is_module_node(const struct shim_plan *plan, uint32_t node);

/* Words of the policy that are not used here; with another answer they `may_be`. */
void shim_note_unused(struct shim_plan *plan, bool may_be);

/* RAM that was given may contradict the tree. */
shim_pass shim_pass_told_ram;

#endif
