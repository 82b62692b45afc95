/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Xen wants of the GIC that it takes. */
#ifndef DTSHIM_MODEL_GIC_H
#define DTSHIM_MODEL_GIC_H

#include "shim/model/controller.h"
#include "shim/model/host.h"

/* Registers and maintenance interrupt of host->gic; where they are not, Xen stops. */
void shim_xen_take_gic(struct shim_xen_host *host);

/* The interrupts of a GICv2's message frames are dom0's. */
void shim_xen_give_frames(struct shim_xen_host *host);

#endif
