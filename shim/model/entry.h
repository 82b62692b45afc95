/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The ways into Xen, and what Xen uses of a tree on each: what differs is a column here. */
#ifndef DTSHIM_MODEL_ENTRY_H
#define DTSHIM_MODEL_ENTRY_H

#include <dtshim/facts.h>

struct shim_entry_row {
    char name[8];
    bool only_64;          /* a 32-bit Xen has no such way */
    bool reads_memory;     /* RAM comes from memory nodes; else from the firmware's map */
    bool reads_memreserve; /* else /memreserve/ is empty by the time that Xen reads it */
    bool keeps_places;     /* Xen and payload are where a record or dtshim,hypervisor says */
    bool checks_chosen;    /* what is in /chosen may end it before Xen is there */
    bool writes_chosen;    /* and what is missing there is added */
    bool gives_line;       /* what loads the payload gives Xen its line: bootargs are never that */
    uint32_t tree_more;    /* bytes that are added after the tree, up to the end of a page */
    uint64_t loads_below;  /* where its own payload is if there is room; 0: no limit */
};

/* Of enum shim_xen_entry. */
__attribute__((pure))
const struct shim_entry_row *shim_entry_row(enum shim_xen_entry entry);

#endif
