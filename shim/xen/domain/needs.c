// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/needs.h"

#include "shim/fdt/interrupt.h"
#include "shim/fdt/references.h"

static const enum shim_pass_id pass = SHIM_PASS_PASSTHROUGH;

/* ---- what they need ------------------------------------------------------------------ */

/* A neighbour, and all that it is in, up to its device. */
static const char *not_needable(const struct shim_gathering *gathering, uint32_t node)
{
    uint32_t top = shim_device_of(gathering->plan, node);
    const char *why = NULL;

    for (; !why && node != top; node = gathering->plan->tree->nodes[node].parent)
        why = shim_not_passable_inside(&gathering->passing, node);
    return why ? why : shim_not_passable(&gathering->passing, top);
}

/* Not inlined, nor is the next: their words need not be on the stack below what need() calls. */
__attribute__((noinline))
static void note_need(struct shim_plan *plan, uint32_t user, const char *property, uint32_t target)
{
    uint32_t top = shim_device_of(plan, target);

    if (!(plan->given->comes[top] & SHIM_COMES))
        shim_note_comer(plan, top, shim_say(plan->arena, "%s needs it: %s",
                                       SHIM_PATH(plan->tree, user), property),
                   "another device needs it", NULL);
}

__attribute__((noinline))
static enum shim_code refuse_need(const struct shim_plan *plan, uint32_t user,
                                  const char *property, uint32_t target, const char *why,
                                  struct shim_error *error)
{
    return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(plan->tree, user), property,
                     shim_leave_out, "needs %s, which cannot go into a xen,domain: %s",
                     SHIM_PATH(plan->tree, target), why);
}

static enum shim_code need(struct shim_gathering *gathering, uint32_t user, const char *property,
                           uint32_t target, struct shim_error *error)
{
    struct shim_plan *plan = gathering->plan;
    const char *why;

    if (target == SHIM_NONE || target == gathering->passing.gic)
        return SHIM_OK;
    plan->given->comes[target] |= SHIM_COMES_CALLED;
    if (plan->given->comes[target] & SHIM_COMES)
        return SHIM_OK;
    why = not_needable(gathering, target);
    if (why)
        return refuse_need(plan, user, property, target, why, error);
    note_need(plan, user, property, target);
    shim_call(gathering, target);
    return SHIM_OK;
}

static enum shim_code follow_references(struct shim_gathering *gathering, uint32_t node,
                                        uint32_t prop, struct shim_error *error)
{
    struct shim_plan *plan = gathering->plan;
    const char *name = shim_prop_name(plan->tree, prop);
    struct shim_span value = shim_prop_value(plan->tree, prop);
    struct shim_references refs;
    enum shim_code code = SHIM_OK;

    if (!value.len || shim_refers(plan->tree, node, name) != SHIM_REFERS)
        return SHIM_OK;
    if (!shim_references(&refs, plan->tree, node, name, value))
        return shim_no_comer(plan, node,
                             shim_say(plan->arena, "its %s names nodes that do not exist", name),
                             error);
    while (!code && shim_has_reference(&refs))
        code = need(gathering, node, name, shim_next_reference(&refs), error);
    return code;
}

static enum shim_code follow(struct shim_gathering *gathering, uint32_t node,
                             struct shim_error *error)
{
    const struct shim_tree *tree = gathering->plan->tree;
    enum shim_code code = SHIM_OK;

    for (uint32_t prop = tree->nodes[node].first_prop; !code && prop < tree->nodes[node].props_end;
         prop++)
        if (!shim_stays_behind(shim_prop_name(tree, prop)))
            code = follow_references(gathering, node, prop, error);
    if (!code && shim_prop_named(tree, node, "interrupts").len)
        code = need(gathering, node, "interrupts", shim_interrupt_parent(tree, node), error);
    return code;
}

static void note_loss(struct shim_plan *plan, uint32_t node, enum shim_alike_kind kind,
                      const char *what, const char *why)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_WARNING, .pass = pass, .node = node, .device = true, .what = what,
        .reason = why, .alike = { .kind = kind } });
}

static void note_losses(struct shim_gathering *gathering, uint32_t node)
{
    if (shim_has_known(gathering->plan->tree, node, SHIM_MEMORY_REGION))
        note_loss(gathering->plan, node, SHIM_ALIKE_LOSES_REGION, "loses its memory-region",
                  "a xen,domain cannot be given reserved memory");
    if (shim_interrupts_lost(&gathering->passing, node))
        note_loss(gathering->plan, node, SHIM_ALIKE_NO_INTERRUPTS,
                  "has no interrupts in the domain",
                  "they go through a controller that forwards them to the GIC, and Xen passes only "
                  "the GIC's own");
}

/* ---- their DMA ----------------------------------------------------------------------- */

static bool reaches_something(const struct shim_plan *plan, const struct shim_window *window)
{
    if (!window->count)
        return true;
    for (uint32_t i = 0; i < window->count; i++)
        for (uint32_t block = 0; block < shim_plan_block_count(plan); block++) {
            struct shim_range cpu = { window->at[i].cpu, window->at[i].size };
            uint64_t guest;

            if (shim_range_overlaps(cpu, shim_plan_block(plan, block, &guest)))
                return true;
        }
    return false;
}

static enum shim_code check_dma(const struct shim_plan *plan, uint32_t top,
                                struct shim_error *error)
{
    uint32_t torn;
    const struct shim_master *facts = shim_shared_master(plan, top, &torn);

    if (torn != SHIM_NONE)
        return shim_no_comer(plan, torn,
                             "its DMA takes a different path from the device above it: name the "
                             "devices one by one", error);
    if (facts && !reaches_something(plan, &plan->board->windows[facts->window]))
        return shim_no_comer(plan, facts->node,
                             "its bus reaches none of the domain's machine memory: try another "
                             "machine-base", error);
    return SHIM_OK;
}

/* ---- whether they go together -------------------------------------------------------- */

/* Those that came earlier as devices of their own are parts of the one above them now. */
static enum shim_code check_parts(const struct shim_gathering *gathering, uint32_t top,
                                  struct shim_error *error)
{
    const struct shim_plan *plan = gathering->plan;
    const char *why = NULL;
    uint32_t node = top;

    while (!why && ++node < plan->tree->nodes[top].past)
        if (shim_comes(plan, node))
            why = shim_not_passable_inside(&gathering->passing, node);
    return why ? shim_no_comer(plan, node, why, error) : SHIM_OK;
}

/* The device of the domain's that a node comes in. */
static uint32_t top_above(const struct shim_plan *plan, uint32_t node)
{
    while (!shim_comes_as_top(plan, node))
        node = plan->tree->nodes[node].parent;
    return node;
}

/* Who came since `first`, with the devices that they are parts of, whenever those came. */
static enum shim_code check_together(const struct shim_gathering *gathering, uint32_t first,
                                     struct shim_error *error)
{
    const struct shim_plan *plan = gathering->plan;
    uint32_t last = SHIM_NONE;
    enum shim_code code = SHIM_OK;

    for (uint32_t i = first; !code && i < gathering->queued; i++) {
        uint32_t top = top_above(plan, gathering->queue[i]);

        if (top == gathering->queue[i])
            code = check_parts(gathering, top, error);
        if (!code && top != last)
            code = check_dma(plan, top, error);
        last = top;
    }
    return code;
}

enum shim_code shim_bring_needed(struct shim_gathering *gathering, uint32_t first,
                                  struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = first; !code && i < gathering->queued; i++) {
        note_losses(gathering, gathering->queue[i]);
        code = follow(gathering, gathering->queue[i], error);
    }
    return code ? code : check_together(gathering, first, error);
}

/* ---- what they may do without ---------------------------------------------------------- */

static void try_neighbour(struct shim_gathering *gathering, uint32_t user, const char *property,
                          uint32_t target, struct shim_error *error)
{
    struct shim_plan *plan = gathering->plan;
    struct shim_note *last = plan->notes.last[pass];
    uint32_t first = gathering->queued;

    if (target == SHIM_NONE || target == gathering->passing.gic)
        return;
    if (need(gathering, user, property, target, error) ||
        shim_bring_needed(gathering, first, error))
        shim_take_back(gathering, first, last);
}

static void try_neighbours(struct shim_gathering *gathering, uint32_t node, uint32_t prop,
                           struct shim_error *error)
{
    const struct shim_tree *tree = gathering->plan->tree;
    const char *name = shim_prop_name(tree, prop);
    struct shim_references refs;

    if (shim_refers(tree, node, name) != SHIM_REFERS_LOOSELY || shim_stays_behind(name) ||
        !shim_references(&refs, tree, node, name, shim_prop_value(tree, prop)))
        return;
    while (shim_has_reference(&refs))
        try_neighbour(gathering, node, name, shim_next_reference(&refs), error);
}

void shim_bring_loose(struct shim_gathering *gathering)
{
    const struct shim_node *nodes = gathering->plan->tree->nodes;
    struct shim_error *unsaid = shim_alloc(gathering->plan->arena, 1, sizeof(*unsaid));

    for (uint32_t i = 0; unsaid && i < gathering->queued; i++) {
        uint32_t node = gathering->queue[i];

        for (uint32_t prop = nodes[node].first_prop; prop < nodes[node].props_end; prop++)
            try_neighbours(gathering, node, prop, unsaid);
    }
}
