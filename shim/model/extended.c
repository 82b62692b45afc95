// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/extended.h"

/* Few nodes have such a cell, and each wire of a long list is looked for from its start. */
static bool may_say_one(struct shim_span value)
{
    for (size_t at = 0; at + 4 <= value.len; at += 4) {
        uint32_t cell = shim_be32(value.at + at);

        if (cell == SHIM_GIC_ESPI || cell == SHIM_GIC_EPPI)
            return true;
    }
    return false;
}

bool shim_xen_extended(const struct shim_xen_host *host, uint32_t node, struct shim_wire *wire)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_wires wires;

    if (!host->gic_v3 || (!may_say_one(shim_prop_named(tree, node, "interrupts")) &&
                          !may_say_one(shim_prop_named(tree, node, "interrupts-extended"))))
        return false;
    wires = shim_xen_wires(tree, node);
    while (shim_xen_has_wire(&wires))
        if (shim_xen_read_wire(&wires, wire) && wire->controller == host->gic &&
            wire->cells >= 3 && (wire->cell[0] == SHIM_GIC_ESPI || wire->cell[0] == SHIM_GIC_EPPI))
            return true;
    return false;
}
