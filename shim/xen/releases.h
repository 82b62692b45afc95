/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The releases of Xen that a plan is made for: the one that is booted, or each that it may be. */
#ifndef DTSHIM_XEN_RELEASES_H
#define DTSHIM_XEN_RELEASES_H

#include "shim/model/release.h"
#include "shim/plan/plan.h"

/* The one that the plan is made for. */
__attribute__((pure))
const struct shim_release *shim_release(const struct shim_plan *plan);

#endif
