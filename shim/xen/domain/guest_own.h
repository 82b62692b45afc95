/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The nodes that Xen itself writes into a xen,domain's tree, for their lengths. */
#ifndef DTSHIM_XEN_DOMAIN_GUEST_OWN_H
#define DTSHIM_XEN_DOMAIN_GUEST_OWN_H

#include "shim/plan/plan.h"

/*
 * Like prepare_dtb_domU(), of the plan's release with the longest tree; values that do not
 * affect a length are zero. A tree that Xen makes is no longer than this one.
 */
void shim_xen_write_own_part(const struct shim_plan *plan, struct shim_edits *edits,
                             const char *bootargs, uint32_t cpus);

#endif
