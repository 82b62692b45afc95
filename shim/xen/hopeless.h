/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A place for dom0's block that no possible number of pages kept from Xen leads to. */
#ifndef DTSHIM_XEN_HOPELESS_H
#define DTSHIM_XEN_HOPELESS_H

#include "shim/plan/plan.h"

/*
 * The block's smallest piece comes from the highest zone that has one. So each aligned piece of
 * its size in a zone above would need a page of its own, except those that something takes
 * anyway: are they too many? `free` is RAM that is not reserved. If unsure, no.
 */
bool shim_is_hopeless(const struct shim_plan *plan, const struct shim_ranges *free,
                      struct shim_range block);

#endif
