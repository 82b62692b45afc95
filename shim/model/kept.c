// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/kept.h"

#include "shim/model/device.h"
#include "shim/model/match.h"
#include "shim/model/smmu.h"

bool shim_xen_find_kept(struct shim_xen_host *host, const struct shim_sight *sight,
                        struct shim_stop *stop)
{
    struct shim_error error;

    return !shim_xen_take_host(host, sight, stop, &error) &&
           (shim_stops(stop) || shim_xen_take_smmus(host));
}

static bool is_kept(const struct shim_xen_host *host, uint32_t number)
{
    return number < SHIM_INTERRUPTS && host->interrupts[number] & SHIM_INTERRUPT_XENS;
}

/* map_device_irqs_to_domain() */
static bool has_kept(struct shim_xen_host *host, uint32_t node, uint32_t *number)
{
    uint32_t count = shim_xen_wires(host->sight->tree, node), other;

    for (uint32_t i = 0; i < count; i++)
        if (shim_xen_interrupt(host, node, i, number) && is_kept(host, *number))
            return true;
    for (uint32_t i = 0; i < count; i++)
        if (shim_xen_interrupt(host, node, i, &other))
            host->interrupts[other] |= SHIM_INTERRUPT_DOM0S;
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

uint32_t shim_xen_next_kept(struct shim_xen_host *host, uint32_t node, uint32_t *number)
{
    const struct shim_tree *tree = host->sight->tree;

    while (node < tree->node_count) {
        if (shim_xen_fate(host, node) != SHIM_FATE_GIVEN || shim_xen_uses_own(host, node)) {
            node = tree->nodes[node].past;
            continue;
        }
        if (!shim_passed_through(tree, node)) {
            shim_xen_protects(host, node);
            if (has_kept(host, node, number) || leads_to_kept(host, node, number))
                return node;
        }
        node++;
    }
    return SHIM_NONE;
}
