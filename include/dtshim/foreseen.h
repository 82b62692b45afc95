/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a release of Xen will do with a tree. */
#ifndef DTSHIM_FORESEEN_H
#define DTSHIM_FORESEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dtshim/range.h>

struct shim_outlook;

/*
 * Everything that it points to is in the memory of the job that made it, or in the job's
 * blob. Addresses and sizes are in bytes; dom0's addresses are machine addresses.
 */
struct shim_foreseen {
    const char *release; /* "4.20" */
    bool run;            /* false: that release is known only from its source */
    bool boots;          /* dom0 starts; otherwise Xen stops on the way */

    /* Where Xen stops: */
    const char *stop;    /* the cause, for programs ("no-memory"); NULL: it does not */
    bool silent;         /* before it has a console, */
    const char *words;   /* so that its message is seen only with early printk; "": not known */
    const char *why;     /* in our words, */
    const char *remedy;  /* and what to do about it */
    const char *node;    /* path of the node that it is about; "": no single node */

    /* Where dom0 starts; a range of size 0: there is none, or it is not known. */
    uint64_t memory;     /* dom0's memory in total */
    const struct shim_range *banks; /* ascending */
    uint32_t bank_count;
    bool sure;           /* false: other builds of this release may choose other banks */
    struct shim_range kernel, ramdisk, tree; /* in dom0's memory, before it runs */
    struct shim_range grants;                /* for the grant table */
    const struct shim_range *regions;        /* extended regions */
    uint32_t region_count;
    const void *dom0_tree; /* what dom0 will see; NULL: not asked for */
    size_t dom0_tree_size;

    const struct shim_outlook *outlook; /* for dtshim_report_forecast() */
};

#endif
