/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A plan promises what Xen will do with the tree that it writes. Here that tree is given to
 * the model of Xen, for each release that the plan is for.
 */
#ifndef DTSHIM_XEN_PROMISE_H
#define DTSHIM_XEN_PROMISE_H

#include "shim/plan/plan.h"

/*
 * `written` is the tree of the plan's edits; the forecasts live in `arena`.
 * Errors: SHIM_E_PLACEMENT where Xen would stop, or put dom0 elsewhere; SHIM_E_MEMORY.
 */
enum shim_code shim_xen_check_promise(const struct shim_plan *plan, const struct shim_tree *written,
                                      struct shim_arena *arena, struct shim_error *error);

#endif
