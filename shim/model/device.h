/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A device of the host that dom0 is given: its interrupts and registers (handle_device()). */
#ifndef DTSHIM_MODEL_DEVICE_H
#define DTSHIM_MODEL_DEVICE_H

#include "shim/model/host.h"
#include "shim/model/memory.h"

struct shim_wires;

/* Does it use a private interrupt of a CPU? Then dom0 does not see it. */
bool shim_xen_uses_own(struct shim_xen_host *host, uint32_t node);
bool shim_xen_has_own(struct shim_xen_host *host, struct shim_wires wires); /* by its interrupts */

/*
 * Goes through what Xen maps of the node with these interrupts; if that stops Xen, it sets host->stop. What Xen maps over
 * dom0's memory in `memory` shows only later, when Xen copies to it: then it sets `late`.
 */
void shim_xen_give_device(struct shim_xen_host *host, struct shim_wires wires,
                          const struct shim_dom0_memory *memory, struct shim_stop *late);

#endif
