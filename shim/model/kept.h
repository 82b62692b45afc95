/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * dom0's devices with an interrupt that Xen keeps for itself: that of its console, of the GIC's
 * maintenance, of an SMMU that it drives. Then Xen does not build dom0, whatever the status of
 * the device (route_irq_to_guest()).
 */
#ifndef DTSHIM_MODEL_KEPT_H
#define DTSHIM_MODEL_KEPT_H

#include "shim/model/host.h"

/*
 * Reads what Xen keeps, and what happens to the DMA of all devices (host->dma); false: no
 * memory. If Xen stops before it reaches the devices, host->stop is set.
 */
bool shim_xen_find_kept(struct shim_xen_host *host, const struct shim_sight *sight,
                        struct shim_stop *stop, struct shim_error *error);

/*
 * The first such device from `node` on, and the interrupt; SHIM_NONE: there is none.
 */
uint32_t shim_xen_next_kept(struct shim_xen_host *host, uint32_t node, uint32_t *number);

/* The same for one with an extended interrupt, which Xen mistakes for another: extended.h. */
uint32_t shim_xen_next_extended(struct shim_xen_host *host, uint32_t node);

#endif
