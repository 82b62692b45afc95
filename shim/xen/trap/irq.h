/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Devices with an interrupt that Xen keeps for itself are kept from dom0, too. Which ones is
 * known before the survey: what dom0 does not have masters no DMA of dom0's.
 */
#ifndef DTSHIM_XEN_TRAP_IRQ_H
#define DTSHIM_XEN_TRAP_IRQ_H

#include "shim/plan/plan.h"

/*
 * By node its interrupt, if Xen keeps that; for board->kept. Errors: SHIM_E_MEMORY;
 * SHIM_E_UNSUPPORTED where Xen does not come so far: it has no use for the board's GIC or timer.
 */
enum shim_code shim_xen_find_kept_irqs(const struct shim_plan *plan, const uint16_t **kept,
                                       struct shim_error *error);

#endif
