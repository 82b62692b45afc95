/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Xen's early scan of the tree, while it lasts: the sight as it grows, and what is counted on
 * the way. Only the files that fill in a sight include this.
 */
#ifndef DTSHIM_MODEL_SCAN_H
#define DTSHIM_MODEL_SCAN_H

#include "shim/model/sight.h"

struct shim_scan {
    struct shim_sight *sight;
    const struct shim_tree *tree;
    const struct shim_release *release;
    const struct shim_entry_row *entry;
    uint32_t ram_room, reserved_room; /* places of the two lists of banks */
    uint32_t uncounted;   /* reserved banks that are not among the SHIM_XEN_BANKS_MAX */
    uint32_t shared;      /* banks of shared memory that have a limit of their own */
    uint32_t unplaced;    /* modules that Xen has, in unknown places */
    uint32_t guesses;     /* modules whose kind was taken by order */
    uint32_t lines;       /* command lines of modules */
    const char *kernel_line; /* of the first kernel that is dom0's */
    bool more_added;
};

/* What Xen's functions return: an errno, without its sign. */
enum shim_scan_code {
    SHIM_SCAN_ON = 0,
    SHIM_SCAN_MISSING = 2,  /* ENOENT */
    SHIM_SCAN_INVALID = 22, /* EINVAL */
    SHIM_SCAN_FULL = 28,    /* ENOSPC */
};

/*
 * Notes why the reading ends here, if nothing is noted yet: the walk decides what follows.
 * Returns `code`.
 */
enum shim_scan_code shim_misread(struct shim_scan *scan, enum shim_scan_code code,
                                 const char *id, uint32_t node, const char *why,
                                 const char *remedy);

/* Why a domain has no memory, and what to do about it. */
extern const char shim_no_static_memory[], shim_less_static_memory[];

/* Bytes of a value as a string, up to its first NUL or its end. */
const char *shim_scan_text(struct shim_scan *scan, struct shim_span value);

/* The cells for the children of `node`: its own, else of those above it up to `top`, else 2, 1. */
struct shim_cells shim_scan_cells(const struct shim_tree *tree, uint32_t node, uint32_t top);

/* The low 64 bits of this many cells; `at` moves past them (dt_next_cell()). */
uint64_t shim_scan_value(const uint8_t **at, uint32_t cells);

/* Compatible with it, whichever case the letters are in (device_tree_node_compatible()). */
bool shim_scan_compatible(const struct shim_tree *tree, uint32_t node, const char *compatible);

/* ---- banks.c ---------------------------------------------------------------------------- */

/* One entry for each range of a value, of these cells (device_tree_get_meminfo()). */
enum shim_scan_code shim_scan_banks(struct shim_scan *scan, uint32_t node, struct shim_span value,
                                    struct shim_cells cells, enum shim_bank_kind kind);

/* /memreserve/, before any node is looked at. */
void shim_scan_memreserve(struct shim_scan *scan);

/* The node /reserved-memory with all below it. */
enum shim_scan_code shim_scan_regions(struct shim_scan *scan, uint32_t node);

/* Adds one to the list of reserved memory. */
enum shim_scan_code shim_scan_reserve(struct shim_scan *scan, struct shim_xen_bank bank);

/* Xen sorts the banks of RAM when it has all. */
void shim_scan_sort(struct shim_xen_banks *banks);

/* ---- firmware.c ------------------------------------------------------------------------- */

/* The banks of a firmware's map. */
void shim_scan_firmware(struct shim_scan *scan);

/* ---- meets.c ---------------------------------------------------------------------------- */

/*
 * What a new region or module overlaps and may not (check_reserved_regions_overlap()), in words;
 * NULL: nothing. `inside`: it may be in a /memreserve/ entry, if the release lets it.
 */
const char *shim_scan_meets(struct shim_scan *scan, struct shim_range range, bool inside);

/* ---- scan_modules.c --------------------------------------------------------------------- */

void shim_scan_add_module(struct shim_scan *scan, struct shim_xen_module module);
void shim_scan_module(struct shim_scan *scan, uint32_t node);
enum shim_scan_code shim_scan_chosen(struct shim_scan *scan, uint32_t node);

/* ---- shared.c --------------------------------------------------------------------------- */

enum shim_scan_code shim_scan_shared(struct shim_scan *scan, uint32_t node);

/* ---- line.c ----------------------------------------------------------------------------- */

/* Both command lines, when all nodes are read. */
void shim_scan_lines(struct shim_scan *scan);

/* ---- stops.c ---------------------------------------------------------------------------- */

/* What stops Xen before it reads the first node, and once it has read them all. */
void shim_scan_before(struct shim_sight *sight);
void shim_scan_after(struct shim_sight *sight);

/* ---- freed.c ---------------------------------------------------------------------------- */

/* What stops Xen when it frees the modules. */
void shim_scan_freed(struct shim_sight *sight);

#endif
