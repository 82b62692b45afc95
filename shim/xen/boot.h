/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which Xen is booted, for the model. */
#ifndef DTSHIM_XEN_BOOT_H
#define DTSHIM_XEN_BOOT_H

#include <dtshim/policy.h>

#include "shim/model/sight.h"

/*
 * Its bits, by its image or else by what the cores can run, and how it is built, by the policy.
 * Release and places are the caller's.
 */
struct shim_xen_boot shim_xen_boot_of(const struct shim_tree *tree,
                                      const struct shim_policy *policy,
                                      const struct shim_facts *facts);

/*
 * Where what is loaded has to end: what the stage can write, or else what a boot loader of 32 bits
 * can, which starts a hypervisor of 32 bits and tells it of the tree in one register.
 */
uint64_t shim_xen_reach(const struct shim_tree *tree, const struct shim_policy *policy,
                        const struct shim_facts *facts);

/* Without CONFIG_LLC_COLORING Xen passes the words over; where nobody says so it may have it. */
bool shim_xen_may_color(const struct shim_policy *policy);

#endif
