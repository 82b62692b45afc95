/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Properties that refer to other nodes by phandle, where their cells are known. */
#ifndef DTSHIM_FDT_REFERENCES_H
#define DTSHIM_FDT_REFERENCES_H

#include "shim/fdt/tree.h"

struct shim_reference_kind;

/* The references of one value; `next` is the cell of the next phandle. */
struct shim_references {
    const struct shim_tree *tree;
    const struct shim_reference_kind *kind;
    struct shim_span value;
    size_t next;
    bool four;  /* of a map: each row has four cells, whatever its node says */
};

/*
 * Starts at the first phandle of the property `name` of `node`. False when it is
 * not known to refer to nodes, or when a phandle of it leads to none.
 */
bool shim_references(struct shim_references *refs, const struct shim_tree *tree, uint32_t node,
                     const char *name, struct shim_span value);

/* Does the property refer to nodes, validly or not? */
enum shim_referring {
    SHIM_REFERS_NOT,
    SHIM_REFERS,         /* a device does not work without */
    SHIM_REFERS_LOOSELY, /* not all of them need it, and other devices may mean numbers by it */
};
enum shim_referring shim_refers(const struct shim_tree *tree, uint32_t node, const char *name);

static inline bool shim_has_reference(const struct shim_references *refs)
{
    return refs->next < refs->value.len / 4;
}

/* Takes the next one; SHIM_NONE is a hole in the list (a phandle of 0) or leads nowhere. */
uint32_t shim_next_reference(struct shim_references *refs);

#endif
