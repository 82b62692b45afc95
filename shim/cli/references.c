// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Phandles: numbers that a compiler may choose anew each time. Two values that
 * refer to the same nodes are the same.
 *
 * Where the cells of a property are known, each phandle is followed and each
 * argument compared. Elsewhere a cell counts as a phandle when the two sides
 * differ in it and it leads to the same node on both.
 */
#include <stdio.h>
#include <string.h>

#include "diff.h"

/* ---- properties that refer to nodes ------------------------------------------------ */

struct kind {
    const char *names; /* see shim_matches_one() */
    const char *cells; /* in the node referred to: how many arguments follow; or NULL: */
    uint32_t args;     /* that many */
    uint32_t first;    /* cells in front of the first phandle */
};

/* As Linux and dtc know them (drivers/of/property.c, checks.c). */
static const struct kind kinds[] = {
    { "interrupt-parent\0memory-region\0shmem\0sram\0remote-endpoint\0next-level-cache\0"
      "operating-points-v2\0cpu-idle-states\0interrupt-affinity\0phy-handle\0*-supply\0"
      "pinctrl-0\0pinctrl-1\0pinctrl-2\0", NULL, 0, 0 },
    { "clocks\0assigned-clocks\0assigned-clock-parents\0", "#clock-cells", 0, 0 },
    { "interrupts-extended\0", "#interrupt-cells", 0, 0 },
    { "gpios\0*-gpios\0*-gpio\0", "#gpio-cells", 0, 0 },
    { "iommus\0", "#iommu-cells", 0, 0 },
    { "interconnects\0", "#interconnect-cells", 0, 0 },
    { "power-domains\0", "#power-domain-cells", 0, 0 },
    { "resets\0", "#reset-cells", 0, 0 },
    { "phys\0", "#phy-cells", 0, 0 },
    { "dmas\0", "#dma-cells", 0, 0 },
    { "mboxes\0", "#mbox-cells", 0, 0 },
    { "pwms\0", "#pwm-cells", 0, 0 },
    { "msi-parent\0", "#msi-cells", 0, 0 },
    { "io-channels\0", "#io-channel-cells", 0, 0 },
    { "thermal-sensors\0", "#thermal-sensor-cells", 0, 0 },
    { "cooling-device\0", "#cooling-cells", 0, 0 },
    { "sound-dai\0", "#sound-dai-cells", 0, 0 },
    { "hwlocks\0", "#hwlock-cells", 0, 0 },
    { "mux-controls\0", "#mux-control-cells", 0, 0 },
    { "nvmem-cells\0", "#nvmem-cell-cells", 0, 0 },
    { "mmu-masters\0", "#stream-id-cells", 0, 0 },
    { "gpio-ranges\0", NULL, 3, 0 },
    { "iommu-map\0msi-map\0", NULL, 3, 1 },
    { "rockchip,pins\0", NULL, 3, 3 },
};

/* Never phandles: cells, dt-schema's standard units, and what small numbers are often for. */
static const char numbers[] =
    "#*\0*nr-gpios\0interrupts\0virtual-reg\0cell-index\0linux,code\0linux,input-type\0"
    "*-frequency\0*-hz\0*-mhz\0*-sec\0*-ms\0*-us\0*-ns\0*-ps\0*-percent\0"
    "*-microvolt\0*-microamp\0*-ohms\0*-celsius\0*-bits\0*-width\0*-shift\0*-size\0*-sets\0"
    "*-count\0*-level\0*-lanes\0*-channels\0num-*\0max-*\0min-*\0";

/* A hog is its own controller's, so that its gpios are numbers only. */
static bool is_hog(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return !strcmp(name, "gpios") && shim_prop_named(tree, node, "gpio-hog").at;
}

static bool is_numbers(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return shim_matches_one(numbers, name) || is_hog(tree, node, name) ||
           value_is_numbers(tree, node, name);
}

static const struct kind *kind_of(const char *name)
{
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (shim_matches_one(kinds[i].names, name))
            return &kinds[i];
    return NULL;
}

/* ---- the phandles of one value --------------------------------------------------------- */

struct references {
    const struct shim_tree *tree;
    const struct kind *kind;
    struct shim_span value;
    size_t next; /* the cell of the next phandle */
};

static uint32_t cell_at(struct shim_span value, size_t cell)
{
    return shim_be32(value.at + 4 * cell);
}

static uint32_t arguments(const struct references *refs, uint32_t node)
{
    uint32_t args = refs->kind->args;

    if (refs->kind->cells && node != SHIM_NONE)
        shim_cell(shim_prop_named(refs->tree, node, refs->kind->cells), &args);
    return args;
}

/* A phandle of 0 is a hole in the list, without arguments. */
static uint32_t next_reference(struct references *refs)
{
    uint32_t node = shim_node_of_phandle(refs->tree, cell_at(refs->value, refs->next));

    refs->next += (size_t)1 + arguments(refs, node);
    return node;
}

static bool at_reference(const struct references *refs)
{
    return refs->next < refs->value.len / 4;
}

/* Starts at the first phandle; false when the value is none of known references. */
static bool start_references(struct references *refs, const struct shim_tree *tree, uint32_t node,
                             const char *name, struct shim_span value)
{
    struct references dry;

    *refs = (struct references){ .tree = tree, .kind = kind_of(name), .value = value };
    if (!refs->kind || !value.len || value.len % 4 || is_numbers(tree, node, name))
        return false;
    refs->next = refs->kind->first;
    for (dry = *refs; at_reference(&dry);) {
        uint32_t phandle = cell_at(value, dry.next);

        if (next_reference(&dry) == SHIM_NONE && phandle)
            return false;
    }
    return true;
}

void references_print(const struct shim_tree *tree, uint32_t node, const char *name,
                      struct shim_span value)
{
    struct references refs;
    const char *before = "  (";

    if (!start_references(&refs, tree, node, name, value))
        return;
    while (at_reference(&refs)) {
        uint32_t target = next_reference(&refs);

        if (target != SHIM_NONE)
            printf("%s&%s", before, SHIM_PATH(tree, target));
        if (target != SHIM_NONE)
            before = ", ";
    }
    fputs(*before == ',' ? ")" : "", stdout);
}

/* ---- two sides ------------------------------------------------------------------------- */

struct moved references_moved(const struct side *a, const struct side *b)
{
    struct moved moved = { 0, 0 };

    for (uint32_t node = 0; node < a->tree.node_count; node++) {
        uint32_t twin = a->twin[node], own = a->tree.nodes[node].phandle, theirs;

        if (twin == SHIM_NONE)
            continue;
        theirs = b->tree.nodes[twin].phandle;
        moved.any += own != theirs;
        moved.renumbered += own != theirs && own && theirs;
    }
    return moved;
}

/*
 * A node that only one side has may be the other's under a new name: then its
 * phandle still has to be the same.
 */
static bool same_target(const struct side *a, uint32_t own, const struct side *b, uint32_t theirs)
{
    uint32_t from = shim_node_of_phandle(&a->tree, own);
    uint32_t to = shim_node_of_phandle(&b->tree, theirs);
    bool alone = from == SHIM_NONE || a->twin[from] == SHIM_NONE;

    if (alone)
        return own == theirs && (to == SHIM_NONE || b->twin[to] == SHIM_NONE);
    return to == a->twin[from];
}

static bool moved_along(const struct side *a, uint32_t own, const struct side *b, uint32_t theirs)
{
    return shim_node_of_phandle(&a->tree, own) != SHIM_NONE && same_target(a, own, b, theirs);
}

static bool same_references(const struct side *a, struct references *refs, const struct side *b,
                            struct shim_span theirs)
{
    for (size_t i = 0; i < theirs.len / 4; i++) {
        uint32_t own = cell_at(refs->value, i), other = cell_at(theirs, i);
        bool followed = i == refs->next;

        if (followed)
            next_reference(refs);
        if (followed ? !same_target(a, own, b, other) : own != other)
            return false;
    }
    return true;
}

/* Any cell may be a phandle. */
static bool same_cells(const struct side *a, struct shim_span own, const struct side *b,
                       struct shim_span theirs)
{
    for (size_t i = 0; i < own.len / 4; i++)
        if (cell_at(own, i) != cell_at(theirs, i) &&
            !moved_along(a, cell_at(own, i), b, cell_at(theirs, i)))
            return false;
    return true;
}

bool references_same(const struct side *a, uint32_t node, struct shim_span own,
                     const struct side *b, struct shim_span theirs, const char *name)
{
    struct references refs;

    if (own.len != theirs.len)
        return false;
    if (start_references(&refs, &a->tree, node, name, own))
        return same_references(a, &refs, b, theirs);
    if (!memcmp(own.at, theirs.at, own.len))
        return true;
    return own.len % 4 == 0 && !is_numbers(&a->tree, node, name) && same_cells(a, own, b, theirs);
}
