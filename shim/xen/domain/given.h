/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a xen,domain is given: devices of the host's tree, in a tree of its own. */
#ifndef DTSHIM_XEN_DOMAIN_GIVEN_H
#define DTSHIM_XEN_DOMAIN_GIVEN_H

#include "shim/plan/plan.h"

/* Which part of a node goes into a domain's own tree; flags in comes. */
enum shim_coming {
    SHIM_COMES = 1,        /* the node and its properties */
    SHIM_COMES_TOP = 2,    /* not with a parent: it becomes a device on the domain's bus */
    SHIM_COMES_CALLED = 4, /* something that goes in refers to it */
};

struct shim_given {
    uint8_t *comes;            /* enum shim_coming of each node; NULL: there is no such tree */
    struct shim_ranges passed; /* whole pages of registers that the domain gets */
    bool enhanced;             /* it can see that it runs on Xen */
    struct shim_edits tree;    /* that tree, as edits of an empty one */
    size_t tree_size;          /* of that tree; 0: there is none */
};

#endif
