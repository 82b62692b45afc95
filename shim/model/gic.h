/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Xen needs from the GIC that it uses. */
#ifndef DTSHIM_MODEL_GIC_H
#define DTSHIM_MODEL_GIC_H

#include "shim/model/controller.h"
#include "shim/model/host.h"

/* Registers and maintenance interrupt of host->gic; without them Xen stops. */
void shim_xen_take_gic(struct shim_xen_host *host);

/* Gives dom0 the interrupts of a GICv2's message frames. */
void shim_xen_give_frames(struct shim_xen_host *host);

#endif
