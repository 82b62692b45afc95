/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* References out of a xen,domain that lead to nothing there. */
#ifndef DTSHIM_XEN_DOMAIN_STRAYS_H
#define DTSHIM_XEN_DOMAIN_STRAYS_H

#include "shim/plan/plan.h"

/*
 * Warns of each property of a device that comes which refers to a node that does not; and of each
 * that nothing is known of, where a cell is the phandle of such a node. Where it is that of a node
 * which comes, this one keeps it.
 */
void shim_note_strays(struct shim_plan *plan);

#endif
