/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which machine memory is behind dom0's, and with it the layout. */
#ifndef DTSHIM_PLAN_BLOCK_H
#define DTSHIM_PLAN_BLOCK_H

#include "shim/plan/plan.h"

/* Does the board have this much RAM? Errors: SHIM_E_DOM0_SIZE. */
enum shim_code shim_check_fits(const struct shim_plan *plan, struct shim_error *error);

/* Is the block RAM that is not reserved? Errors: SHIM_E_BASE. */
enum shim_code shim_check_block(const struct shim_plan *plan, struct shim_range block,
                                struct shim_error *error);

/* RAM that is not reserved and has no device in it; false: no memory. */
bool shim_find_free(const struct shim_plan *plan, struct shim_ranges *free);

/*
 * The lowest place with the same offset into 2 MiB as the guest block, so that
 * stage 2 can map it with blocks. Overwrites `free`.
 */
bool shim_fit_alike(struct shim_ranges *free, struct shim_range guest, uint64_t *base);

/* No free piece is large enough. */
enum shim_code shim_no_block(const struct shim_plan *plan, struct shim_error *error);

/* What is wrong with machine-blocks, and the remedy. */
enum shim_code shim_refuse_blocks(struct shim_error *error, const char *remedy, const char *what);
enum shim_code shim_refuse_several(struct shim_error *error);

/* One block where the policy sets it, if it does: `*told`. Errors: SHIM_E_POLICY for several. */
enum shim_code shim_take_told_block(struct shim_plan *plan, bool *told, struct shim_error *error);

/* The source of a request, as an error names it. */
struct shim_asker {
    const char *path, *property;
};

/* For this much memory; and for this place, which may come from the size alone. */
struct shim_asker shim_asker_of_size(const struct shim_plan *plan);
struct shim_asker shim_asker_of_place(const struct shim_plan *plan);

/*
 * The machine block or blocks are chosen, for this reason: checks them, and notes the layout
 * that follows. Errors: SHIM_E_BASE, SHIM_E_POLICY.
 */
enum shim_code shim_settle_block(struct shim_plan *plan, const char *reason,
                                 struct shim_error *error);

#endif
