/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A contract is what the next stage understands: how it reads the board, the passes that plan
 * for it, and how the plan becomes edits.
 */
#ifndef DTSHIM_PLAN_CONTRACT_H
#define DTSHIM_PLAN_CONTRACT_H

#include "shim/plan/plan.h"

/* Writes into /chosen, an open cursor. */
typedef void shim_chosen_writer(const struct shim_plan *plan, struct shim_edits *edits,
                                struct shim_cursor chosen);

struct shim_contract {
    const char *name;
    const char *who;
    const char *hypervisor; /* its name for people, in messages about a payload */
    bool kernel_in_place;   /* dom0's kernel runs where it is put: it needs room after it */
    bool payload_optional;  /* a tree without a payload is planned as it is */
    uint32_t slack_min; /* free bytes that the output must end with */
    uint32_t tree_max;  /* largest tree that it accepts; 0: no limit of its own */
    const struct shim_guard *guard;
    shim_pass *const *passes; /* in the order in which they run; NULL at the end */
    /* How many masters and pools the plan's memory does not work for; NULL: not needed. */
    uint32_t (*unserved)(const struct shim_plan *plan);
    /*
     * Another place for dom0, if its native base is not possible: `*any` is false if there is
     * none. The plan is used up. NULL: it has no other. Errors: those of passes.
     */
    enum shim_code (*elsewhere)(struct shim_plan *plan, bool *any, struct shim_nearest *found,
                                struct shim_error *error);
    /*
     * Will the next stage do what the plan says with the tree that was written? The arena is for
     * nothing else. NULL: not known. Errors: SHIM_E_PLACEMENT, SHIM_E_MEMORY.
     */
    enum shim_code (*promise)(const struct shim_plan *plan, const struct shim_tree *written,
                              struct shim_arena *arena, struct shim_error *error);
    /* `record` writes what was done into /chosen. NULL: the tree stays as it is. */
    void (*write)(const struct shim_plan *plan, struct shim_edits *edits,
                  shim_chosen_writer *record);
};

#endif
