/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Rules that a tree must keep on its way through Xen into dom0. */
#ifndef DTSHIM_XEN_CHECK_H
#define DTSHIM_XEN_CHECK_H

#include "shim/plan/record.h"

struct shim_check;

struct shim_rule {
    const char *id;
    const char *why;    /* what goes wrong otherwise */
    const char *remedy;
    void (*run)(struct shim_check *check, const struct shim_rule *rule);
};

extern const struct shim_rule shim_rules[];
extern const unsigned shim_rule_count;

/* One run over one tree. The caller fills in all but `broken`. */
struct shim_check {
    const struct shim_tree *tree;
    const struct shim_policy *policy; /* the tree's own, see shim_policy_from_tree() */
    const struct shim_record *record; /* the tree's */
    const struct shim_plan *plan;     /* of shim_job_survey() */
    /* Told of each breach; `node` may be SHIM_NONE. */
    void (*breach)(void *self, const struct shim_rule *rule, uint32_t node, const char *words);
    void *self;
    unsigned broken;
};

void shim_check_all(struct shim_check *check);

#endif
