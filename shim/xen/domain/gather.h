/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What goes into a xen,domain: a part of the passthrough pass.
 *
 * The policy names devices. Each goes in with all that is below it, and with
 * every node that it refers to; of those neighbours only the part that is
 * referred to. All of it must be something that Xen can give to a domain.
 */
#ifndef DTSHIM_XEN_DOMAIN_GATHER_H
#define DTSHIM_XEN_DOMAIN_GATHER_H

#include "shim/plan/plan.h"
#include "shim/xen/domain/given.h"

/*
 * Fills in plan->given->comes and plan->given->passed.
 * Errors: SHIM_E_MEMORY, SHIM_E_POLICY, SHIM_E_UNSUPPORTED.
 */
enum shim_code shim_gather_devices(struct shim_plan *plan, struct shim_error *error);

#endif
