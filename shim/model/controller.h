/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Interrupt controllers: which one Xen takes. */
#ifndef DTSHIM_MODEL_CONTROLLER_H
#define DTSHIM_MODEL_CONTROLLER_H

#include "shim/model/sight.h"

enum { SHIM_GIC_V2_CPUS = 8 }; /* that a GICv2 has */

/* Does Xen have a driver for it? */
bool shim_xen_knows_gic(const struct shim_sight *sight, uint32_t node);

/*
 * The first one that it can use, or SHIM_NONE (gic_dt_preinit(), intc_dt_preinit()); `v3`: that
 * it has a driver for GICv3.
 */
uint32_t shim_xen_find_gic(const struct shim_sight *sight, bool v3);

bool shim_xen_is_gic_v3(const struct shim_sight *sight, uint32_t gic);

#endif
