/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A device of the host that dom0 is given: its interrupts and registers (handle_device()). */
#ifndef DTSHIM_MODEL_DEVICE_H
#define DTSHIM_MODEL_DEVICE_H

#include "shim/model/host.h"
#include "shim/model/memory.h"

/* Does it use a private interrupt of a CPU? Then dom0 does not see it. */
bool shim_xen_uses_own(struct shim_xen_host *host, uint32_t node);

/*
 * Goes through what Xen maps of it; if that stops Xen, it sets host->stop. What Xen maps over
 * dom0's memory in `memory` shows only later, when Xen copies to it: then it sets `late`.
 */
void shim_xen_give_device(struct shim_xen_host *host, uint32_t node,
                          const struct shim_dom0_memory *memory, struct shim_stop *late);

#endif
