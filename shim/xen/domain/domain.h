/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Layout offset under stock Xen: a xen,domain takes dom0's place. Its memory is
 * at SHIM_GUEST_RAM0, backed by a machine block that dtshim chooses, and it gets
 * the devices that the passthrough pass found.
 */
#ifndef DTSHIM_XEN_DOMAIN_DOMAIN_H
#define DTSHIM_XEN_DOMAIN_DOMAIN_H

#include "shim/plan/plan.h"

/* Composes the domain's tree and places all modules. Errors: those of guest.h and place.h. */
enum shim_code shim_xen_decide_domain(struct shim_plan *plan, struct shim_error *error);

/* Kernel, ramdisk and the domain's tree are modules of the domain's node. */
bool shim_xen_goes_into_domain(const struct shim_module *module);

/* The devices that the domain gets, marked in the host's tree. */
void shim_xen_write_given(const struct shim_plan *plan, struct shim_edits *edits);

/* The domain's node in /chosen, an open cursor; `cells` are those that /chosen gives. */
void shim_xen_write_domain(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor chosen, struct shim_cells cells);

#endif
