/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* May a node go into a xen,domain? A part of the passthrough pass. */
#ifndef DTSHIM_XEN_DOMAIN_PASSABLE_H
#define DTSHIM_XEN_DOMAIN_PASSABLE_H

#include "shim/plan/plan.h"

/* The GIC that Xen uses: the first available one that it knows; SHIM_NONE. */
uint32_t shim_gic(const struct shim_tree *tree);

/* What the check of each node needs. */
struct shim_passing {
    const struct shim_plan *plan;
    uint32_t gic;            /* Xen's; SHIM_NONE */
    uint32_t console;        /* Xen's; SHIM_NONE */
    struct shim_ranges kept; /* pages of what Xen keeps for itself */
};
bool shim_passing_init(struct shim_passing *passing, struct shim_plan *plan);

/*
 * Why Xen 4.17 cannot give this node to a domain; NULL: it can. Much of it Xen
 * would notice too late or not at all: it starts the domain without the device.
 * Nodes below it are not checked.
 */
const char *shim_not_passable(const struct shim_passing *passing, uint32_t node);

/* The same for a node inside a device. */
const char *shim_not_passable_inside(const struct shim_passing *passing, uint32_t node);

/*
 * Do interrupts of the node reach the GIC only because a controller in between forwards
 * them? Xen gives a domain those that are wired to the GIC itself, and no others.
 */
bool shim_interrupts_lost(const struct shim_passing *passing, uint32_t node);

/* Does a node at this place become a device on the domain's bus, with CPU addresses? */
bool shim_on_bus(const struct shim_tree *tree, uint32_t node);

/* Where a xen,domain that can see Xen has its grant table and Xen's other pages. */
bool shim_meets_xen_pages(struct shim_range pages);

/* The windows where Xen offers a domain everything outside its RAM for foreign pages. */
bool shim_meets_free_windows(struct shim_range pages);

#endif
