/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which Xen is booted, for the model. */
#ifndef DTSHIM_XEN_BOOT_H
#define DTSHIM_XEN_BOOT_H

#include <dtshim/policy.h>

#include "shim/model/sight.h"

/*
 * Its bits, from its image or else from what the cores can run, and how it is built, from the
 * policy. The caller fills in release and places.
 */
struct shim_xen_boot shim_xen_boot_of(const struct shim_tree *tree,
                                      const struct shim_policy *policy,
                                      const struct shim_facts *facts);

struct shim_plan;

/* The same for a plan, whose tree is looked at once. */
const struct shim_xen_boot *shim_plan_boot(const struct shim_plan *plan);

/* shim_xen_low_bits() for it, looked up once, too. */
unsigned shim_plan_low_bits(const struct shim_plan *plan);

/* Xen itself has 32 bits. */
bool shim_xen_is_32(const struct shim_plan *plan);

/*
 * Where everything that is loaded has to end: where the stage can write, or else a 32-bit boot
 * loader, which starts a 32-bit hypervisor and gives it the tree's address in one register.
 */
uint64_t shim_xen_reach(const struct shim_plan *plan);

/* Without CONFIG_LLC_COLORING Xen ignores these words; if that is not given, it may have it. */
bool shim_xen_may_color(const struct shim_policy *policy);

#endif
