/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A place for dom0's block to which no number of pages that may be kept from Xen leads. */
#ifndef DTSHIM_XEN_HOPELESS_H
#define DTSHIM_XEN_HOPELESS_H

#include "shim/plan/plan.h"

/*
 * The block's smallest piece comes from the highest zone that has one. So each aligned piece of
 * its size in a zone above would need a page of its own, but for those that something takes
 * anyway: are they too many? `free` is RAM that nobody has reserved. In doubt not.
 */
bool shim_is_hopeless(const struct shim_plan *plan, const struct shim_ranges *free,
                      struct shim_range block);

#endif
