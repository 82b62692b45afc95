/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A contract is what the next stage understands. It makes the decisions that
 * only make sense for that stage, and turns the plan into edits.
 */
#ifndef DTSHIM_PLAN_CONTRACT_H
#define DTSHIM_PLAN_CONTRACT_H

#include "shim/plan/plan.h"

struct shim_contract {
    const char *name;
    const char *who;
    uint32_t slack_min; /* free bytes that the output must end with */
    uint32_t tree_max;  /* largest tree that it takes; 0: no limit of its own */
    enum shim_code (*decide)(struct shim_plan *plan, struct shim_error *error);
    /* NULL: the tree stays as it is, and there is nothing to decide. */
    void (*write)(const struct shim_plan *plan, struct shim_edits *edits);
};

/* By enum shim_contract_id. */
extern const struct shim_contract *const shim_contracts[];
extern const struct shim_contract shim_contract_xen;
extern const struct shim_contract shim_contract_native;
extern const struct shim_contract shim_contract_none; /* the tree stays as it is */

#endif
