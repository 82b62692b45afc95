/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A node's interrupts, or its interrupts-extended, with all that the rules change in them. */
#ifndef DTSHIM_XEN_TRAP_IRQ_VALUE_H
#define DTSHIM_XEN_TRAP_IRQ_VALUE_H

#include "shim/plan/write.h"

/* Once for each value, whichever rules change it: if it is given a type, irq-type calls this. */
void shim_put_interrupts(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node,
                         bool extended);

/* The first of the plan's retypes in that value; retype_count: none. */
uint32_t shim_first_retype(const struct shim_plan *plan, uint32_t node, bool extended);

#endif
