// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The host's interrupts as Xen notes them. */
#include "shim/model/host.h"

bool shim_xen_set_type(struct shim_xen_host *host, uint32_t number, uint32_t type)
{
    uint8_t *known;

    if (number >= SHIM_INTERRUPTS) {
        shim_stop(host->stop, "interrupt-number", SHIM_NONE,
                  "an interrupt has a number that no GIC has: Xen writes past its table",
                  "correct the number in the tree", "%s", "");
        return false;
    }
    known = &host->interrupts[number];
    if (!(*known & SHIM_INTERRUPT_TYPED))
        *known |= (uint8_t)(SHIM_INTERRUPT_TYPED | type);
    return (*known & (SHIM_INTERRUPT_TYPED - 1)) == type;
}

bool shim_xen_note_wire(struct shim_xen_host *host, const struct shim_wire *wire, uint32_t *number)
{
    uint32_t type;

    return wire->controller == host->gic && shim_gic_interrupt(wire, number, &type) &&
           shim_xen_set_type(host, *number, type);
}

bool shim_xen_interrupt(struct shim_xen_host *host, uint32_t node, uint32_t index,
                        uint32_t *number)
{
    struct shim_wire wire;

    return shim_xen_wire(host->sight->tree, node, index, &wire) &&
           shim_xen_note_wire(host, &wire, number);
}

bool shim_xen_take_interrupt(struct shim_xen_host *host, uint32_t node, uint32_t index,
                             uint32_t *number)
{
    if (!shim_xen_interrupt(host, node, index, number))
        return false;
    host->interrupts[*number] |= SHIM_INTERRUPT_XENS;
    return true;
}
