// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/kept.h"

#include "shim/base/mem.h"
#include "shim/model/device.h"
#include "shim/model/extended.h"
#include "shim/model/match.h"
#include "shim/model/smmu.h"

static bool is_kept(const struct shim_xen_host *host, uint32_t number)
{
    return number >= SHIM_SHARED_FROM && number < SHIM_INTERRUPTS &&
           host->interrupts[number] & SHIM_INTERRUPT_XENS;
}

/* ---- a quick look ------------------------------------------------------------------------- */

/* Few have a cell that may be the number of one kept. */
static bool may_say_kept(const struct shim_xen_host *host, struct shim_span value)
{
    for (size_t at = 0; at + 4 <= value.len; at += 4) {
        uint32_t cell = shim_be32(value.at + at);

        if (cell < SHIM_INTERRUPTS &&
            (is_kept(host, cell + SHIM_SHARED_FROM) || is_kept(host, cell + SHIM_SHARED_FROM / 2)))
            return true;
    }
    return false;
}

/* What leads through such a map need not say the number itself. */
static bool may_have_kept(const struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;

    return may_say_kept(host, shim_prop_named(tree, node, "interrupts")) ||
           may_say_kept(host, shim_prop_named(tree, node, "interrupts-extended")) ||
           may_say_kept(host, shim_prop_named(tree, node, "interrupt-map"));
}

static bool maps_to_kept(const struct shim_xen_host *host, uint32_t node)
{
    return shim_has(host->sight->tree, node, "interrupt-map") && may_have_kept(host, node);
}

/* The contexts of those SMMUs that a device of dom0's is behind. */
static void take_contexts(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;

    for (uint32_t node = 1; host->iommu && node < tree->node_count; node++) {
        if (tree->nodes[node].known >> SHIM_IOMMUS & 1 ||
            (host->masters && host->masters[node] != SHIM_NONE))
            shim_xen_protect(host, node);
        shim_xen_map_host(host, node);
    }
}

bool shim_xen_find_kept(struct shim_xen_host *host, const struct shim_sight *sight,
                        struct shim_stop *stop, struct shim_error *error)
{
    if (shim_xen_take_host(host, sight, stop, error) || !shim_xen_take_smmus(host))
        return false;
    take_contexts(host);
    for (uint32_t node = 1; !shim_stops(stop) && node < sight->tree->node_count && !host->maps_to_kept; node++)
        host->maps_to_kept = maps_to_kept(host, node);
    return true;
}

/* ---- the whole truth ---------------------------------------------------------------------- */

/* map_device_irqs_to_domain(). Of another type, it is so once it has the same: retype.h. */
static bool has_kept(struct shim_xen_host *host, uint32_t node, uint32_t *number)
{
    struct shim_wires wires = shim_xen_wires(host->sight->tree, node);
    struct shim_wire wire;
    uint32_t type;

    while (shim_xen_has_wire(&wires))
        if (shim_xen_read_wire(&wires, &wire) && wire.controller == host->gic &&
            shim_gic_interrupt(&wire, number, &type) && is_kept(host, *number))
            return true;
    return false;
}

/* Those of its slots: map_dt_irq_to_domain(). */
static bool leads_to_kept(const struct shim_xen_host *host, uint32_t node, uint32_t *number)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_wire_map map;
    struct shim_wire wire;
    uint32_t type;

    if (!host->sight->boot->release->checks_pci_interrupts || !shim_xen_type(tree, node, "pci"))
        return false;
    map = shim_xen_wire_map(tree, node);
    while (shim_xen_next_wire(&map, &wire))
        if (wire.controller == host->gic && shim_gic_interrupt(&wire, number, &type) &&
            is_kept(host, *number))
            return true;
    return false;
}

/* Does Xen come to it? Not below what it leaves out; `extended` ones do not stay as they are. */
static bool is_dom0s(struct shim_xen_host *host, uint32_t node, bool extended)
{
    const struct shim_tree *tree = host->sight->tree;

    if (shim_passed_through(tree, node))
        return false;
    if (extended && shim_xen_fate(host, node) != SHIM_FATE_GIVEN)
        return false;
    if (extended)
        node = tree->nodes[node].parent;
    for (; node != SHIM_ROOT; node = tree->nodes[node].parent)
        if (shim_xen_fate(host, node) != SHIM_FATE_GIVEN || shim_xen_uses_own(host, node))
            return false;
    return true;
}

uint32_t shim_xen_next_kept(struct shim_xen_host *host, uint32_t node, uint32_t *number)
{
    for (; node < host->sight->tree->node_count; node++)
        if ((host->maps_to_kept || may_have_kept(host, node)) &&
            (has_kept(host, node, number) || leads_to_kept(host, node, number)) &&
            is_dom0s(host, node, false))
            return node;
    return SHIM_NONE;
}

uint32_t shim_xen_next_extended(struct shim_xen_host *host, uint32_t node)
{
    struct shim_wire wire;

    for (; node < host->sight->tree->node_count; node++)
        if (shim_xen_extended(host, node, &wire) && is_dom0s(host, node, true))
            return node;
    return SHIM_NONE;
}
