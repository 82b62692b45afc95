// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/references.h"

#include "shim/base/mem.h"
#include "shim/fdt/id_map.h"
#include "shim/fdt/reference_kinds.h"

/* A hog is its own controller's, so that its gpios are numbers only. */
static bool is_hog(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return (!strcmp(name, "gpio") || !strcmp(name, "gpios")) &&
           shim_prop_named(tree, node, "gpio-hog").at;
}

/* An address and a size after the device that has them, in the cells of its bus. */
static uint32_t range_cells(const struct shim_tree *tree, uint32_t device)
{
    struct shim_cells cells;

    if (device == SHIM_NONE || device == SHIM_ROOT)
        return 0;
    cells = shim_inherited_cells(tree, tree->nodes[device].parent);
    return cells.address + cells.size;
}

static bool has_ranges(const struct shim_reference_kind *kind)
{
    return !strcmp(kind->cells, "#address-cells");
}

static const struct shim_reference_kind *kind_of(const struct shim_tree *tree, uint32_t node,
                                                 const char *name)
{
    return is_hog(tree, node, name) ? NULL : shim_reference_kind(name);
}

enum shim_referring shim_refers(const struct shim_tree *tree, uint32_t node, const char *name)
{
    const struct shim_reference_kind *kind = kind_of(tree, node, name);

    if (!kind)
        return SHIM_REFERS_NOT;
    return kind->loose ? SHIM_REFERS_LOOSELY : SHIM_REFERS;
}

/* Their argument is the phandle of a fifo below the controller (ti,omap-mailbox.yaml). */
static bool counts_in_nodes(const struct shim_tree *tree, uint32_t node)
{
    static const char boxes[] = "ti,omap2-mailbox\0ti,omap3-mailbox\0ti,omap4-mailbox\0"
                                "ti,am654-mailbox\0ti,am64-mailbox\0";

    return shim_compatible_one(tree, node, boxes);
}

/* Cells that the node gives, and more after them: see id_map.h */
static bool is_map(const struct shim_reference_kind *kind)
{
    return *kind->cells && kind->args;
}

static uint32_t arguments(const struct shim_references *refs, uint32_t node)
{
    uint32_t args = is_map(refs->kind);

    if (*refs->kind->cells && node != SHIM_NONE && !refs->four &&
        !counts_in_nodes(refs->tree, node))
        shim_cell(shim_prop_named(refs->tree, node, refs->kind->cells), &args);
    return args + refs->kind->args;
}

/* How long a row is the whole map says. */
static bool read_map(struct shim_references *refs)
{
    struct shim_id_map map;
    bool whole = shim_read_id_map(&map, refs->tree, refs->kind->cells, refs->value);

    refs->four = map.four;
    return whole;
}

/* A phandle of 0 has no arguments. */
uint32_t shim_next_reference(struct shim_references *refs)
{
    uint32_t node = shim_node_of_phandle(refs->tree, shim_be32(refs->value.at + 4 * refs->next));

    refs->next += (size_t)1 + (has_ranges(refs->kind) ? range_cells(refs->tree, node)
                                                      : arguments(refs, node));
    return node;
}

bool shim_references(struct shim_references *refs, const struct shim_tree *tree, uint32_t node,
                     const char *name, struct shim_span value)
{
    struct shim_references dry;

    *refs = (struct shim_references){ .tree = tree, .kind = kind_of(tree, node, name),
                                      .value = value };
    if (!refs->kind || !value.len || value.len % 4)
        return false;
    if (is_map(refs->kind) && !read_map(refs))
        return false;
    refs->next = refs->kind->first;
    for (dry = *refs; shim_has_reference(&dry);) {
        uint32_t phandle = shim_be32(value.at + 4 * dry.next);

        if (shim_next_reference(&dry) == SHIM_NONE && phandle)
            return false;
    }
    return true;
}
