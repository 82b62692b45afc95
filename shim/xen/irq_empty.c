// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/irq_empty.h"

#include "shim/base/mem.h"
#include "shim/fdt/interrupt.h"
#include "shim/fdt/references.h"
#include "shim/model/wire.h"

static const char name[] = "interrupts-extended";

/* What else is in it: the end of the last entry that is not empty, in cells. */
struct empties {
    uint32_t count;
    uint32_t inner; /* of those, before another entry */
    size_t end;
};

static struct empties look(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span value = shim_prop_named(tree, node, name);
    struct empties found = { 0 };
    struct shim_references refs;

    if (!value.len || !shim_references(&refs, tree, node, name, value))
        return found;
    while (shim_has_reference(&refs)) {
        if (shim_next_reference(&refs) == SHIM_NONE) {
            found.count++;
            continue;
        }
        found.inner = found.count;
        found.end = refs.next;
    }
    if (4 * found.end > value.len)
        found = (struct empties){ 0 };
    return found;
}

/* Where there are interrupts as well, Xen takes those for the empty entries. */
uint32_t shim_xen_empty_irqs(const struct shim_tree *tree, uint32_t node)
{
    return shim_prop_named(tree, node, "interrupts").at ? 0 : look(tree, node).count;
}

/* The cells of an entry of its own; 0: it cannot have one. */
static uint32_t own_cells(const struct shim_tree *tree, uint32_t node)
{
    uint32_t cells = shim_interrupt_cells(tree, node);

    return shim_has_known(tree, node, SHIM_INTERRUPT_CONTROLLER) && tree->nodes[node].phandle &&
                   cells <= SHIM_WIRE_CELLS ? cells : 0;
}

bool shim_xen_fills_irqs(const struct shim_tree *tree, uint32_t node)
{
    return own_cells(tree, node) || !look(tree, node).inner;
}

static void put_filled(const struct shim_tree *tree, uint32_t node, struct shim_span value,
                       uint8_t *out)
{
    size_t own = 4 * (size_t)own_cells(tree, node);
    struct shim_references refs;
    size_t at = 0;

    for (shim_references(&refs, tree, node, name, value); shim_has_reference(&refs);) {
        size_t from = refs.next;

        if (shim_next_reference(&refs) == SHIM_NONE) {
            shim_put_be32(out + at, tree->nodes[node].phandle);
            memset(out + at + 4, 0, own);
            at += 4 + own;
            continue;
        }
        memcpy(out + at, value.at + 4 * from, 4 * (refs.next - from));
        at += 4 * (refs.next - from);
    }
}

struct shim_span shim_xen_filled_irqs(struct shim_arena *arena, const struct shim_tree *tree,
                                      uint32_t node, struct shim_span value)
{
    struct empties found = look(tree, node);
    size_t own = 4 * (size_t)own_cells(tree, node), len = value.len + found.count * own;
    uint8_t *filled;

    if (!own)
        return (struct shim_span){ found.inner ? NULL : value.at, 4 * found.end };
    filled = shim_alloc(arena, len, 1);
    if (filled)
        put_filled(tree, node, value, filled);
    return (struct shim_span){ filled, len };
}
