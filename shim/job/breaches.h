/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What check finds, as lines for people. */
#ifndef DTSHIM_JOB_BREACHES_H
#define DTSHIM_JOB_BREACHES_H

#include "shim/base/sink.h"
#include "shim/xen/traps.h"

enum { SHIM_RULES_NAMED = 8 };

/*
 * Breaches of one rule come one behind another, and are told in one place: the first of them,
 * or `all`, with why and what to do once. The caller fills in the first four and zeroes the rest.
 */
struct shim_breaches {
    const struct shim_sink *sink; /* NULL: they are only counted */
    const struct shim_tree *tree;
    const char *prefix;           /* put before each breach, with ": "; "": nothing is */
    bool all;
    const char *rules[SHIM_RULES_NAMED];
    unsigned rule_count, count;
    unsigned more;                /* of this rule, that were not told */
    const char *rule;             /* NULL: there was none yet */
    const char *why, *remedy;     /* NULL: told */
};

/* A callback for struct shim_check; `self` is a struct shim_breaches. */
void shim_tell_breach(void *self, const struct shim_trap *trap, uint32_t node, const char *words);

/* Behind the last one. */
void shim_end_breaches(struct shim_breaches *breaches);

/* All of it in one line. */
void shim_report_breaches(const struct shim_sink *sink, const struct shim_breaches *breaches);

#endif
