/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* /chosen/dtshim/record, what was done to a tree: its one writer, and its one reader. */
#ifndef DTSHIM_PLAN_RECORD_H
#define DTSHIM_PLAN_RECORD_H

#include "shim/plan/plan.h"

/* The reader accepts only valid sizes and ranges: everything else counts as missing. */
struct shim_record {
    uint32_t node;            /* SHIM_NONE: the tree has no record */
    const char *version;      /* NULL: not given */
    struct shim_range dom0;   /* dom0's memory: its lowest guest address, and how much in all;
                                 size 0: not said */
    struct shim_span banks;   /* the same as pairs of u64, base and size: several are banks; */
    struct shim_span blocks;  /* pairs, too: the machine's behind it; */
    const char *releases;     /* of Xen that it was made for, see xen/releases.h; NULL: not given */
    struct shim_span ram;     /* all RAM of the machine, likewise; empty: not given */
    uint64_t offset;          /* machine minus guest address; 0 also if it is not given */
    struct shim_range hypervisor; /* where native has put it; size 0: not given */
    struct shim_span modules; /* pairs, too: of /chosen; empty: the payload was not known */
    struct shim_span places;  /* see shim_record_place() */
    struct shim_span pages;   /* kept from Xen by /memreserve/, */
    struct shim_span heap;    /* and what its static heap has */
    struct shim_span line;    /* Xen's command line, with its NUL; empty: none */
    struct shim_span masters; /* marks of the devices that were there, see plan/unplanned.h */

    /* For people: written if there is something to state, and never read. */
    const char *layout;
    const char *coverage;
    struct shim_span moved;   /* triples of u64: machine base, guest base, size */
    struct shim_span dma;     /* this and the rest: lists of strings */
    struct shim_span devices;
    struct shim_span lost;
    struct shim_span decisions;
};

void shim_record_read(struct shim_record *record, const struct shim_tree *tree);

/* `policy` is an open cursor on /chosen/dtshim. */
void shim_record_write(const struct shim_record *record, struct shim_edits *edits,
                       struct shim_cursor policy);

/*
 * The machine's blocks behind dom0's memory, in guest order, into SHIM_BLOCKS_MAX places;
 * their number. 0: they do not make up dom0's memory. If none are given it is 1:1.
 */
uint32_t shim_record_blocks(const struct shim_record *record, struct shim_range *blocks);

/* They are dom0's banks, each at its own address. */
bool shim_record_is_banked(const struct shim_record *record);

/* What has a place, in this order. */
enum { SHIM_PLACES = 4 };
extern const uint8_t shim_placed_kinds[SHIM_PLACES]; /* enum shim_module_kind */

/*
 * Where the plan has Xen, dom0's kernel, its ramdisk and the tree itself when Xen starts; advice
 * if the payload was not known. Size 0: not given.
 */
struct shim_range shim_record_place(const struct shim_record *record, enum shim_module_kind kind);

/* Is all of the range, or some of it, RAM of the machine, as recorded? */
bool shim_record_holds(const struct shim_record *record, struct shim_range range);
bool shim_record_meets(const struct shim_record *record, struct shim_range range);

#endif
