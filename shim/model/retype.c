// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/retype.h"

#include "shim/base/mem.h"
#include "shim/model/device.h"
#include "shim/model/extended.h"
#include "shim/model/match.h"

/* ---- a quick look ------------------------------------------------------------------------- */

enum { CELLS = 3, WIDE = 5, BYTES = 4 * CELLS, TYPES = 0xf, SEEN = 0x10 };

/* Is it there with another type? */
static bool take_number(uint8_t *types, uint32_t number, uint32_t type)
{
    uint8_t now = SEEN | (type & TYPES);
    bool twice = types[number] && types[number] != now;

    types[number] = now;
    return twice;
}

/* Whatever the controller; entries may begin at each `step`. */
static bool take_value(uint8_t *types, struct shim_span value, size_t from, size_t step)
{
    bool twice = false;

    for (size_t at = from; at + BYTES <= value.len; at += step) {
        uint32_t kind = shim_be32(value.at + at), number = shim_be32(value.at + at + 4);

        if (kind <= 1 && number < SHIM_INTERRUPTS - SHIM_SHARED_FROM)
            twice |= take_number(types, number + (kind ? 0 : SHIM_SHARED_FROM),
                                 shim_be32(value.at + at + 8));
    }
    return twice;
}

/* Cells of an entry that a GIC may have here: a bit for each number of them. */
static uint32_t widths(const struct shim_tree *tree)
{
    uint32_t all = 0, cells;

    for (uint32_t node = 0; node < tree->node_count; node++)
        if (shim_first_cell(shim_prop_named(tree, node, "#interrupt-cells"), &cells) &&
            cells >= CELLS)
            all |= (uint32_t)1 << (cells < WIDE ? cells : WIDE);
    return all;
}

static bool take_interrupts(uint8_t *types, struct shim_span value, uint32_t all)
{
    bool whole = false, twice = false;

    for (size_t cells = CELLS; cells < WIDE; cells++) {
        if (!(all >> cells & 1) || value.len % (4 * cells))
            continue;
        whole = true;
        twice = twice || take_value(types, value, 0, 4 * cells);
    }
    return whole && !(all >> WIDE) ? twice : take_value(types, value, 0, 4);
}

/* What nodes below it say is found there. */
static bool take_map(uint8_t *types, const struct shim_tree *tree, uint32_t node)
{
    struct shim_wire_map map = shim_xen_wire_map(tree, node);
    struct shim_wire wire;
    uint32_t number, type;
    bool twice = false;

    while (shim_xen_next_wire(&map, &wire))
        if (shim_gic_interrupt(&wire, &number, &type) && number >= SHIM_SHARED_FROM &&
            number < SHIM_INTERRUPTS)
            twice |= take_number(types, number, type);
    return twice || map.wrong;
}

bool shim_xen_may_retype(const struct shim_tree *tree, struct shim_arena *arena)
{
    uint8_t *types = shim_alloc(arena, SHIM_INTERRUPTS, 1);
    bool twice = false;
    uint32_t all = widths(tree);

    if (!types)
        return false;
    memset(types, 0, SHIM_INTERRUPTS);
    for (uint32_t node = 1; node < tree->node_count && !twice; node++)
        twice = take_interrupts(types, shim_prop_named(tree, node, "interrupts"), all) ||
                take_value(types, shim_prop_named(tree, node, "interrupts-extended"), 4, 4) ||
                (shim_has(tree, node, "interrupt-map") && take_map(types, tree, node));
    return twice;
}

/* The node's next interrupt with another type than the one known; false: none. */
static bool next_other(struct shim_xen_host *host, struct shim_wires *wires, uint32_t *number)
{
    struct shim_wire wire;
    uint32_t type;

    while (shim_xen_has_wire(wires))
        if (shim_xen_read_wire(wires, &wire) && wire.controller == host->gic &&
            shim_gic_interrupt(&wire, number, &type) && *number < SHIM_INTERRUPTS &&
            !shim_xen_set_type(host, *number, type))
            return true;
    return false;
}

/* Another look, at what they lead to: of all nodes, whether dom0 is given them or not. */
static bool differ(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_wires_below below = { 0 };
    struct shim_xen_host other = *host;
    uint32_t number;

    other.interrupts = shim_alloc(host->sight->arena, SHIM_INTERRUPTS, 1);
    if (!other.interrupts)
        return false;
    memcpy(other.interrupts, host->interrupts, SHIM_INTERRUPTS);
    for (uint32_t node = 1; node < tree->node_count; node++) {
        struct shim_wires wires = shim_xen_wires_next(tree, node, &below);

        if (next_other(&other, &wires, &number))
            return true;
    }
    return false;
}

/* ---- what Xen reads ------------------------------------------------------------------------ */

/*
 * The next node that it gives dom0, after this one; node_count: there is none. One with an
 * extended interrupt will have none: irq-extended.
 */
static uint32_t next_given(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_wire wire;

    for (node++; node < tree->node_count; node = tree->nodes[node].past)
        if (shim_xen_fate(host, node) == SHIM_FATE_GIVEN && !shim_xen_uses_own(host, node) &&
            !shim_xen_extended(host, node, &wire))
            return node;
    return node;
}

/* The next interrupt with this number that is the GIC's; SHIM_NONE: no more of this node. */
static uint32_t next_wire(const struct shim_xen_host *host, struct shim_wires *wires,
                          uint32_t wanted, uint32_t *type)
{
    struct shim_wire wire;
    uint32_t number;

    while (shim_xen_has_wire(wires))
        if (shim_xen_read_wire(wires, &wire) && wire.controller == host->gic &&
            shim_gic_interrupt(&wire, &number, type) && number == wanted)
            return wires->next - 1;
    return SHIM_NONE;
}

static uint32_t first_wire(const struct shim_xen_host *host, uint32_t node, uint32_t wanted,
                           uint32_t *type)
{
    struct shim_wires wires = shim_xen_wires(host->sight->tree, node);

    return next_wire(host, &wires, wanted, type);
}

/* ---- which type counts ---------------------------------------------------------------------- */

static bool is_driven(const struct shim_tree *tree, uint32_t node)
{
    return shim_reachable(tree, node) && shim_has_known(tree, node, SHIM_COMPATIBLE);
}

/* Of all nodes, whether dom0 is given them or not. */
static uint32_t first_with(struct shim_xen_host *host, uint32_t number)
{
    uint32_t type;

    for (uint32_t node = 1; node < host->sight->tree->node_count; node++)
        if (first_wire(host, node, number, &type) != SHIM_NONE)
            return node;
    return SHIM_NONE;
}

/* Fills in type and other. */
static void find_type(struct shim_xen_host *host, struct shim_retype *retype)
{
    const struct shim_tree *tree = host->sight->tree;
    uint8_t known = host->interrupts[retype->number];
    uint32_t type;

    retype->other = SHIM_NONE;
    retype->type = known & TYPES;
    if (retype->number < SHIM_SHARED_FROM) {
        retype->other = first_with(host, retype->number);
        return; /* with the same type a node with a CPU's own interrupt is not given to dom0 */
    }
    for (uint32_t node = next_given(host, SHIM_ROOT); node < tree->node_count;
         node = next_given(host, node)) {
        if (first_wire(host, node, retype->number, &type) == SHIM_NONE ||
            (known & SHIM_INTERRUPT_XENS && type != retype->type))
            continue;
        if (retype->other != SHIM_NONE && !is_driven(tree, node))
            continue;
        retype->other = node;
        retype->type = (uint8_t)type;
        if (is_driven(tree, node))
            return;
    }
}

/* ---- where it is ----------------------------------------------------------------------------- */

/* The flags are the third cell behind the GIC's phandle, or of each entry. */
static bool find_cell(struct shim_xen_host *host, uint32_t index, struct shim_retype *retype)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_span value = shim_prop_named(tree, retype->node, "interrupts-extended"), args;
    uint32_t to, cells = CELLS;

    retype->extended = shim_xen_reference(tree, retype->node, "interrupts-extended",
                                          "#interrupt-cells", index, &to, &args);
    if (retype->extended) {
        retype->at = (uint32_t)(args.at - value.at) + 8;
        return to == host->gic && args.len >= BYTES;
    }
    shim_first_cell(shim_prop_named(tree, host->gic, "#interrupt-cells"), &cells);
    value = shim_prop_named(tree, retype->node, "interrupts");
    retype->at = 4 * (index * cells + 2);
    return cells >= CELLS && retype->at + 4 <= value.len &&
           shim_xen_interrupt_parent(tree, retype->node) == host->gic;
}

/* All nodes that say the number otherwise. */
static uint32_t retype_all(struct shim_xen_host *host, struct shim_retype retype,
                           struct shim_retype *retypes, uint32_t count)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t node = next_given(host, SHIM_ROOT), type;

    for (; node < tree->node_count; node = next_given(host, node)) {
        struct shim_wires wires = shim_xen_wires(tree, node);
        uint32_t i = next_wire(host, &wires, retype.number, &type);

        for (; i != SHIM_NONE && count < SHIM_RETYPES_MAX;
             i = next_wire(host, &wires, retype.number, &type)) {
            retype.node = node;
            if (type != retype.type && find_cell(host, i, &retype))
                retypes[count++] = retype;
        }
    }
    return count;
}

static bool is_known(const struct shim_retype *retypes, uint32_t count, uint32_t number)
{
    for (uint32_t i = 0; i < count; i++)
        if (retypes[i].number == number)
            return true;
    return false;
}

uint32_t shim_xen_retypes(struct shim_xen_host *host, struct shim_retype *retypes)
{
    uint32_t node, count = 0, number;

    if (!differ(host))
        return 0;
    for (node = next_given(host, SHIM_ROOT); node < host->sight->tree->node_count;
         node = next_given(host, node)) {
        struct shim_wires wires = shim_xen_wires(host->sight->tree, node);

        while (next_other(host, &wires, &number)) {
            struct shim_retype retype = { .number = number };

            if (is_known(retypes, count, number))
                continue;
            find_type(host, &retype);
            count = retype_all(host, retype, retypes, count);
        }
    }
    return count;
}
