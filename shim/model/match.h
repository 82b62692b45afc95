/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Words as Xen compares them: names of nodes, types and compatibles without regard to case
 * (dt_node_cmp() and dt_compat_cmp() of xen/include/xen/device_tree.h), a string up to its
 * first NUL, and a node's status without those of the nodes above.
 */
#ifndef DTSHIM_MODEL_MATCH_H
#define DTSHIM_MODEL_MATCH_H

#include "shim/fdt/tree.h"

bool shim_same_word(const char *a, const char *b);

/* Is one of its compatibles among the packed words? */
bool shim_xen_compatible(const struct shim_tree *tree, uint32_t node, const char *words);

/* Is its device_type this one? */
bool shim_xen_type(const struct shim_tree *tree, uint32_t node, const char *type);

/* Is it the child of the root with this name? */
bool shim_xen_at_root(const struct shim_tree *tree, uint32_t node, const char *name);

/* The child of the root with this name, or SHIM_NONE. */
uint32_t shim_xen_root_child(const struct shim_tree *tree, const char *name);

/* The node at an absolute path, or SHIM_NONE. */
uint32_t shim_xen_node_at(const struct shim_tree *tree, const char *path, size_t len);

/* The node of a phandle; 0 is the first one that has none. SHIM_NONE: no node. */
uint32_t shim_xen_node_of(const struct shim_tree *tree, uint32_t phandle);

/* Does it have the property? As shim_prop_named() for literals: most nodes do not. */
__attribute__((always_inline))
static inline bool shim_has(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return shim_prop_named(tree, node, name).at != NULL;
}

/* A value's first cell; false when there is none (dt_property_read_u32()). */
bool shim_first_cell(struct shim_span value, uint32_t *cell);

/* A value up to its first NUL; NULL when it has none. */
const char *shim_first_string(struct shim_span value);

/* parse_bool(): the word's yes or no; another one changes nothing. */
void shim_xen_yes_no(struct shim_span word, bool *on);

/* Marked for another domain: the property xen,passthrough. */
__attribute__((always_inline))
static inline bool shim_passed_through(const struct shim_tree *tree, uint32_t node)
{
    return shim_has(tree, node, "xen,passthrough");
}

#endif
