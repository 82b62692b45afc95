/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the contract asks of the passthrough pass. */
#ifndef DTSHIM_PASS_PASSTHROUGH_H
#define DTSHIM_PASS_PASSTHROUGH_H

#include <dtshim/plan.h>

/* Does the property stay behind: the host's own business, or what a domain cannot have? */
bool shim_stays_behind(const char *property);

/*
 * The DMA facts that all masters from a top node down share; NULL: nobody there
 * goes by machine addresses. `*torn` is a master that differs, or SHIM_NONE.
 */
const struct shim_dma_facts *shim_shared_facts(const struct shim_plan *plan, uint32_t top,
                                               uint32_t *torn);

#endif
