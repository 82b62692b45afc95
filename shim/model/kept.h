/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Devices of dom0's that have an interrupt which Xen keeps for itself: of its console, the
 * GIC's maintenance, an SMMU that it drives. Xen does not build dom0 then, and the status of
 * the device does not matter (route_irq_to_guest()).
 */
#ifndef DTSHIM_MODEL_KEPT_H
#define DTSHIM_MODEL_KEPT_H

#include "shim/model/host.h"

/*
 * Reads what Xen keeps, and what becomes of the DMA of all devices (host->dma); false: no
 * memory. Where Xen stops before it comes to devices, host->stop says so.
 */
bool shim_xen_find_kept(struct shim_xen_host *host, const struct shim_sight *sight,
                        struct shim_stop *stop, struct shim_error *error);

/*
 * The first such device from `node` on, and the interrupt; SHIM_NONE: there is none.
 */
uint32_t shim_xen_next_kept(struct shim_xen_host *host, uint32_t node, uint32_t *number);

/* The same of one with an extended interrupt, which Xen takes for another: extended.h. */
uint32_t shim_xen_next_extended(struct shim_xen_host *host, uint32_t node);

#endif
