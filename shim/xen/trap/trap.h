/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The rules of check that stand in files of their own, and what they share. */
#ifndef DTSHIM_XEN_RULES_H
#define DTSHIM_XEN_RULES_H

#include "shim/xen/check.h"

/* Tells the caller that the rule is broken; the words are a format of text.h. */
__attribute__((format(printf, 4, 5)))
void shim_breach(struct shim_check *check, const struct shim_rule *rule, uint32_t node,
                 const char *format, ...);

/* A xen,domain has taken dom0's place: what Xen does for dom0 it does for nobody. */
bool shim_has_no_dom0(const struct shim_check *check);

/* ---- check_domain.c: a constant offset, and the trees of domains ---- */

void shim_rule_offset_foreign(struct shim_check *check, const struct shim_rule *rule);
void shim_rule_passthrough_reg(struct shim_check *check, const struct shim_rule *rule);
void shim_rule_passthrough_gic(struct shim_check *check, const struct shim_rule *rule);

#endif
