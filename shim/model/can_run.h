/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Can Xen run on the board at all? It depends on cores, interrupt controller and timer. */
#ifndef DTSHIM_MODEL_CAN_RUN_H
#define DTSHIM_MODEL_CAN_RUN_H

#include "shim/model/sight.h"

/*
 * If it cannot, notes that as the stop, the worst first: no tree would help. Xen stops before it
 * has a console.
 */
void shim_xen_can_run(const struct shim_sight *sight, struct shim_stop *stop);

/* Does this Xen have a driver for GICv3? 64-bit Xen does. */
bool shim_xen_drives_gic_v3(const struct shim_xen_boot *boot);

/* The node of the generic timer, or SHIM_NONE (preinit_dt_xen_time()). */
uint32_t shim_xen_find_timer(const struct shim_sight *sight);

#endif
