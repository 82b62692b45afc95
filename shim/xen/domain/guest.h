/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The tree of a xen,domain. Xen makes most of it and takes the devices from a
 * partial tree that it is given as a module (domain_handle_dtb_bootmodule(),
 * 4.17): the node /passthrough is copied, /gic only gives a phandle.
 */
#ifndef DTSHIM_XEN_DOMAIN_GUEST_H
#define DTSHIM_XEN_DOMAIN_GUEST_H

#include "shim/plan/plan.h"
#include "shim/xen/domain/given.h"

/*
 * Builds the partial tree in plan->given->tree, as edits of an empty one, and
 * checks that Xen has room for what it will copy. `bootargs` is the command line
 * of the domain's kernel. Errors: SHIM_E_MEMORY, SHIM_E_TOO_LARGE.
 */
enum shim_code shim_xen_compose_guest(struct shim_plan *plan, const char *bootargs,
                                      struct shim_error *error);

/* The CPUs that the domain gets: as many as the board has that are available. */
uint32_t shim_xen_guest_cpus(const struct shim_plan *plan);

#endif
