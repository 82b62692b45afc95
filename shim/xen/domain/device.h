/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One device in the tree of a xen,domain: the host's nodes, as the domain has to see them. */
#ifndef DTSHIM_XEN_DOMAIN_DEVICE_H
#define DTSHIM_XEN_DOMAIN_DEVICE_H

#include "shim/plan/plan.h"

/* The cells of the domain's buses. */
enum { SHIM_DOMAIN_CELLS = 2 };

/* What is known of a top node, looked up many times. */
struct shim_top {
    uint64_t address; /* of its registers; SHIM_NO_ADDRESS: it has none */
    uint32_t window;  /* that its DMA uses; SHIM_NONE: guest addresses, or no DMA */
    bool shares;      /* another one with the same address goes in, too, such as two parts of one */
};
#define SHIM_NO_ADDRESS UINT64_MAX

/* What is being written, and for which domain. */
struct shim_writing {
    const struct shim_plan *plan;
    struct shim_edits *edits;
    uint32_t gic;
    const struct shim_top *tops; /* by node */
    uint32_t common; /* the one window that all devices can share; SHIM_NONE: there is none */
    bool for_xen;    /* with the properties that Xen removes */
};

/* A device with the nodes below it that go in, in document order; `bus` is an open cursor. */
void shim_xen_write_device(const struct shim_writing *writing, struct shim_cursor bus,
                           uint32_t top);

/* Its name there. Names are unique on the domain's bus; a node of the root keeps its own. */
const char *shim_xen_device_name(const struct shim_writing *writing, uint32_t top);

/* A node's path in the host's tree, of any length, unlike shim_path(). */
const char *shim_xen_host_path(const struct shim_writing *writing, uint32_t node);

#endif
