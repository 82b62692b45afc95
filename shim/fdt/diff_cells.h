/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which values are numbers of which cells: by name, by place, by what is next to them. */
#ifndef DTSHIM_FDT_DIFF_CELLS_H
#define DTSHIM_FDT_DIFF_CELLS_H

#include "shim/fdt/tree.h"

/* What the caller knows about names that are in no specification; all are packed. */
struct shim_diff_words {
    const char *beside; /* properties: the cells of NAME stand in #NAME-address-cells and so on */
    const char *wide;   /* paths of nodes where all but strings is numbers of two cells, */
    const char *moved;  /* in twos, or under these names in threes: from, to, size; */
    const char *hashes; /* and under these it is hashes of one cell, which are counted */
};

/* One entry of a list: cells of a PCI address's flags, of the numbers, of all. */
struct shim_entry_cells {
    uint32_t flags;
    uint32_t address;
    uint32_t up; /* of the parent's address, in ranges */
    uint32_t size;
    size_t len;  /* bytes of an entry; 0: not a list of numbers */
};

struct shim_entry_cells shim_entry_cells(const struct shim_tree *tree,
                                         const struct shim_diff_words *words, uint32_t node,
                                         const char *name);

/* Of a value of `len` bytes at a wide node. */
struct shim_entry_cells shim_wide_cells(const struct shim_diff_words *words, const char *name,
                                        size_t len);
bool shim_is_wide(const struct shim_tree *tree, const struct shim_diff_words *words, uint32_t node);

/* Is it known to contain addresses, sizes or other numbers, and no references to nodes? */
bool shim_holds_numbers(const struct shim_tree *tree, const struct shim_diff_words *words,
                        uint32_t node, const char *name);

#endif
