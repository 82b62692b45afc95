/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_XEN_LOST_H
#define DTSHIM_XEN_LOST_H

#include <dtshim/facts.h>

#include "shim/fdt/tree.h"

/* Something that the tree names, with bytes that must have been overwritten by now. */
struct shim_lost {
    uint32_t node;           /* SHIM_NONE: the ramdisk of linux,initrd-start */
    struct shim_range with;  /* what has bytes there, too, */
    const char *what;        /* "the tree"; NULL: `own` */
};

/*
 * Is there one? A tree that can be read, and the program that asks, are intact: what is in
 * facts->tree or in `own` is not. Of two modules that overlap, one is not.
 */
bool shim_find_lost(const struct shim_tree *tree, const struct shim_facts *facts,
                    struct shim_range own, struct shim_lost *lost);

#endif
