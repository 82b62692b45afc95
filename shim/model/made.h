/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The nodes of dom0's tree that Xen makes itself (make_*_node() of domain_build.c). */
#ifndef DTSHIM_MODEL_MADE_H
#define DTSHIM_MODEL_MADE_H

#include "shim/model/host.h"
#include "shim/model/memory.h"
#include "shim/model/write.h"

/* In the place of the host's. */
void shim_make_gic(struct shim_writer *out, const struct shim_xen_host *host);
void shim_make_timer(struct shim_writer *out, const struct shim_xen_host *host);

/* At the end of the root: /hypervisor, /psci, /cpus, and the memory nodes. */
void shim_make_last(struct shim_writer *out, const struct shim_xen_host *host,
                    const struct shim_dom0_memory *memory);

#endif
