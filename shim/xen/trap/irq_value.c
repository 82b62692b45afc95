// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/trap/irq_value.h"

#include "shim/base/mem.h"
#include "shim/xen/irq_empty.h"
#include "shim/xen/plan.h"
#include "shim/xen/told.h"

uint32_t shim_first_retype(const struct shim_plan *plan, uint32_t node, bool extended)
{
    uint32_t i = 0;

    while (i < plan->xen->retype_count && (plan->xen->retypes[i].node != node ||
                                           plan->xen->retypes[i].extended != extended))
        i++;
    return i;
}

static void set_types(const struct shim_xen_plan *xen, uint32_t node, bool extended, uint8_t *value)
{
    for (uint32_t i = 0; i < xen->retype_count; i++)
        if (xen->retypes[i].node == node && xen->retypes[i].extended == extended) {
            uint8_t *flags = &value[xen->retypes[i].at + 3];

            *flags = (uint8_t)((*flags & 0xf0) | xen->retypes[i].type);
        }
}

void shim_put_interrupts(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node,
                         bool extended)
{
    const char *name = extended ? "interrupts-extended" : "interrupts";
    struct shim_span value = shim_prop_named(plan->tree, node, name);
    uint8_t *copy = shim_alloc(plan->arena, value.len, 1);

    if (!copy)
        return;
    memcpy(copy, value.at, value.len);
    set_types(plan->xen, node, extended, copy);
    value.at = copy;
    if (extended && shim_xen_empty_irqs(plan->tree, node) && shim_xen_fills_irqs(plan->tree, node))
        value = shim_xen_filled_irqs(plan->arena, plan->tree, node, value);
    if (value.at)
        shim_put(edits, shim_cursor(node), name, value.at, value.len);
}
