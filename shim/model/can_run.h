/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Can Xen run on the board at all? By its cores, its interrupt controller and its timer. */
#ifndef DTSHIM_MODEL_CAN_RUN_H
#define DTSHIM_MODEL_CAN_RUN_H

#include "shim/model/sight.h"

/*
 * Where it cannot, notes it as the stop, the worst first: no tree would help. It stops before
 * its console is there.
 */
void shim_xen_can_run(const struct shim_sight *sight, struct shim_stop *stop);

/* Has this Xen a driver for GICv3? With 64 bits it has. */
bool shim_xen_drives_gic_v3(const struct shim_xen_boot *boot);

/* The node of the generic timer, or SHIM_NONE (preinit_dt_xen_time()). */
uint32_t shim_xen_find_timer(const struct shim_tree *tree);

#endif
