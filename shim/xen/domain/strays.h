/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* References out of a xen,domain that lead to nothing there. */
#ifndef DTSHIM_XEN_DOMAIN_STRAYS_H
#define DTSHIM_XEN_DOMAIN_STRAYS_H

#include "shim/plan/plan.h"

/*
 * Warns of each property of a device in the domain that refers to a node outside it; and of each
 * unknown property in which a cell is the phandle of such a node. A node that goes in keeps its
 * phandle.
 */
void shim_note_strays(struct shim_plan *plan);

#endif
