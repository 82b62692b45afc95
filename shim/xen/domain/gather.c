// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/gather.h"

#include "shim/base/mem.h"
#include "shim/fdt/interrupt.h"
#include "shim/fdt/references.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/passable.h"

static const enum shim_pass_id pass = SHIM_PASS_PASSTHROUGH;
static const char all_dma[] = "all-dma";
static const char remedy_leave[] = "leave it out of passthrough, or name other devices";

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "for the devices of the domain");
}

/* IOMMU, MSI and bandwidth are the host's; reserved memory and CPUs are not given along. */
bool shim_stays_behind(const char *property)
{
    return shim_matches_one("iommus\0iommu-map*\0msi-parent\0msi-map*\0memory-region*\0"
                            "interconnect*\0interrupt-affinity\0cooling-device\0status\0"
                            "linux,phandle\0xen-dma-safe\0xen,*\0", property);
}

/* ---- who comes --------------------------------------------------------------------- */

/* Nodes come once, and what they refer to is looked for in the order in which they came. */
struct gathering {
    struct shim_plan *plan;
    struct shim_passing passing;
    uint32_t *queue; /* the nodes that come */
    uint32_t queued;
};

static bool comes(const struct shim_plan *plan, uint32_t node)
{
    return plan->given->comes[node] & SHIM_COMES;
}

/* With no parent that comes as well. */
static bool is_top(const struct shim_plan *plan, uint32_t node)
{
    return comes(plan, node) && !comes(plan, plan->tree->nodes[node].parent);
}

static void mark(struct gathering *gathering, uint32_t node)
{
    if (!comes(gathering->plan, node))
        gathering->queue[gathering->queued++] = node;
    gathering->plan->given->comes[node] |= SHIM_COMES;
}

/* With all that is below it; without what cannot come, which nobody has asked for. */
static void mark_whole(struct gathering *gathering, uint32_t node)
{
    const struct shim_tree *tree = gathering->plan->tree;

    for (uint32_t below = node; below < tree->nodes[node].past; below++)
        if (below == node || comes(gathering->plan, below) ||
            !shim_not_passable_inside(&gathering->passing, below))
            mark(gathering, below);
        else
            below = tree->nodes[below].past - 1;
}

/* Pins and lanes have addresses, too; a device says what it is, or stands on a plain bus. */
static bool is_device(const struct shim_tree *tree, uint32_t node)
{
    uint32_t parent = tree->nodes[node].parent;

    return parent == SHIM_ROOT ||
           (shim_on_bus(tree, node) && (shim_prop(tree, node, SHIM_COMPATIBLE).at ||
                                        shim_compatible(tree, parent, "simple-bus")));
}

/* The device that a node belongs to. */
static uint32_t device_of(const struct shim_plan *plan, uint32_t node)
{
    while (node != SHIM_ROOT && !is_device(plan->tree, node) && !is_top(plan, node))
        node = plan->tree->nodes[node].parent;
    return node;
}

/* A neighbour: its device with nothing but the way down to it, and all that is below it. */
static void call(struct gathering *gathering, uint32_t node)
{
    uint32_t top = device_of(gathering->plan, node);

    if (node != top)
        mark_whole(gathering, node);
    for (uint32_t up = node; up != top; up = gathering->plan->tree->nodes[up].parent)
        mark(gathering, up);
    mark(gathering, top);
}

static enum shim_code refuse(const struct shim_plan *plan, uint32_t node, const char *why,
                             struct shim_error *error)
{
    return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(plan->tree, node), NULL, remedy_leave,
                     "cannot go into a xen,domain: %s", why);
}

/* Why a device cannot come as a whole, and which node of it is the reason. */
static const char *not_whole(const struct gathering *gathering, uint32_t top, uint32_t *where)
{
    const struct shim_tree *tree = gathering->plan->tree;
    const char *why = NULL;

    for (*where = top; *where < tree->nodes[top].past; ++*where) {
        if (*where != top && !shim_available(tree, *where)) {
            *where = tree->nodes[*where].past - 1;
            continue;
        }
        why = *where == top ? shim_not_passable(&gathering->passing, top)
                            : shim_not_passable_inside(&gathering->passing, *where);
        if (!why && shim_interrupts_lost(&gathering->passing, *where))
            why = "its interrupts go through a controller that hands them on to the GIC, and Xen "
                  "passes those of the GIC itself";
        if (why)
            break;
    }
    return why;
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
        return refuse(plan, torn, "its DMA goes another way than that of the device above it: "
                      "name the devices one by one", error);
    if (facts && !reaches_something(plan, &plan->board->windows[facts->window]))
        return refuse(plan, facts->node, "its bus reaches none of the domain's machine memory: "
                      "another machine-base may be reached", error);
    return SHIM_OK;
}

/* ---- what they need ------------------------------------------------------------------ */

/* A neighbour, and all that it is in, up to its device. */
static const char *not_needable(const struct gathering *gathering, uint32_t node)
{
    uint32_t top = device_of(gathering->plan, node);
    const char *why = NULL;

    for (; !why && node != top; node = gathering->plan->tree->nodes[node].parent)
        why = shim_not_passable_inside(&gathering->passing, node);
    return why ? why : shim_not_passable(&gathering->passing, top);
}

/* `several`: the reason where others are like it; they are those with the same `shared`. */
__attribute__((noinline))
static void note_comer(struct shim_plan *plan, uint32_t node, const char *why,
                       const char *several, const void *shared)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = node, .device = true,
        .what = "goes into the domain", .reason = why,
        .alike = { .kind = SHIM_ALIKE_GIVEN, .shared = shared, .reason = several,
                   .what = several ? "goes into the domain, for another one needs it" : NULL } });
}

static void note_need(struct shim_plan *plan, uint32_t user, const char *property, uint32_t target)
{
    uint32_t top = device_of(plan, target);

    if (!(plan->given->comes[top] & SHIM_COMES))
        note_comer(plan, top, shim_say(plan->arena, "%s needs it: %s",
                                       SHIM_PATH(plan->tree, user), property),
                   "another one that comes needs it", NULL);
}

static enum shim_code need(struct gathering *gathering, uint32_t user, const char *property,
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
        return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(plan->tree, user), property,
                         remedy_leave, "needs %s, which cannot go into a xen,domain: %s",
                         SHIM_PATH(plan->tree, target), why);
    note_need(plan, user, property, target);
    call(gathering, target);
    return SHIM_OK;
}

static enum shim_code follow_references(struct gathering *gathering, uint32_t node,
                                        uint32_t prop, struct shim_error *error)
{
    struct shim_plan *plan = gathering->plan;
    const char *name = shim_prop_name(plan->tree, prop);
    struct shim_span value = shim_prop_value(plan->tree, prop);
    struct shim_references refs;
    enum shim_code code = SHIM_OK;

    if (!value.len || !shim_refers(plan->tree, node, name))
        return SHIM_OK;
    if (!shim_references(&refs, plan->tree, node, name, value))
        return refuse(plan, node, shim_say(plan->arena, "its %s names nodes that are not there",
                                           name), error);
    while (!code && shim_has_reference(&refs))
        code = need(gathering, node, name, shim_next_reference(&refs), error);
    return code;
}

static enum shim_code follow(struct gathering *gathering, uint32_t node, struct shim_error *error)
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

static void note_losses(struct gathering *gathering, uint32_t node)
{
    if (shim_prop(gathering->plan->tree, node, SHIM_MEMORY_REGION).at)
        note_loss(gathering->plan, node, SHIM_ALIKE_LOSES_REGION, "loses its memory-region",
                  "a xen,domain cannot be given reserved memory");
    if (shim_interrupts_lost(&gathering->passing, node))
        note_loss(gathering->plan, node, SHIM_ALIKE_NO_INTERRUPTS,
                  "gets no interrupts in the domain",
                  "they go through a controller that hands them on to the GIC, and Xen passes "
                  "those of the GIC itself");
}

/* ---- whether they go together -------------------------------------------------------- */

/* Those that came earlier as devices of their own are parts of the one above them now. */
static enum shim_code check_parts(const struct gathering *gathering, uint32_t top,
                                  struct shim_error *error)
{
    const struct shim_plan *plan = gathering->plan;
    const char *why = NULL;
    uint32_t node = top;

    while (!why && ++node < plan->tree->nodes[top].past)
        if (comes(plan, node))
            why = shim_not_passable_inside(&gathering->passing, node);
    return why ? refuse(plan, node, why, error) : SHIM_OK;
}

/* The device of the domain's that a node comes in. */
static uint32_t top_above(const struct shim_plan *plan, uint32_t node)
{
    while (!is_top(plan, node))
        node = plan->tree->nodes[node].parent;
    return node;
}

/* Who came since `first`, with the devices that they are parts of, whenever those came. */
static enum shim_code check_together(const struct gathering *gathering, uint32_t first,
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

/* Neighbours have neighbours: the queue grows until nobody new comes. */
static enum shim_code follow_from(struct gathering *gathering, uint32_t first,
                                  struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = first; !code && i < gathering->queued; i++) {
        note_losses(gathering, gathering->queue[i]);
        code = follow(gathering, gathering->queue[i], error);
    }
    return code ? code : check_together(gathering, first, error);
}

/* ---- who is asked for ------------------------------------------------------------------ */

static enum shim_code come(struct gathering *gathering, uint32_t node, const char *why,
                           struct shim_error *error)
{
    uint32_t first = gathering->queued;

    if (comes(gathering->plan, node))
        return SHIM_OK;
    note_comer(gathering->plan, node, why, NULL, why);
    mark_whole(gathering, node);
    return follow_from(gathering, first, error);
}

static enum shim_code come_named(struct gathering *gathering, uint32_t node,
                                 struct shim_error *error)
{
    uint32_t where = node;
    const char *why = comes(gathering->plan, node) ? NULL : not_whole(gathering, node, &where);

    if (why)
        return refuse(gathering->plan, where, why, error);
    return come(gathering, node, "the policy names it", error);
}

/* As if the last one had never been tried, but for the reason. */
static void take_back(struct gathering *gathering, uint32_t first, struct shim_note *last)
{
    while (gathering->queued > first)
        gathering->plan->given->comes[gathering->queue[--gathering->queued]] = 0;
    shim_forget_notes(&gathering->plan->notes, pass, last);
}

/* Not inlined: its note need not lie below what try_master() calls. */
__attribute__((noinline))
static void note_outsider(struct shim_plan *plan, uint32_t node, const char *why)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_FINDING, .pass = pass, .node = node, .device = true,
        .what = "stays out of the domain", .reason = why,
        .alike = { .kind = SHIM_ALIKE_NOT_GIVEN,
                   .reason = "something that it needs cannot come" } });
}

static void try_master(struct gathering *gathering, uint32_t node)
{
    struct shim_plan *plan = gathering->plan;
    struct shim_note *last = plan->notes.last[pass];
    uint32_t first = gathering->queued, where;
    const char *why = not_whole(gathering, node, &where);
    struct shim_error error;

    if (!why && come(gathering, node, "it may master DMA, and the policy says all-dma", &error)) {
        why = shim_say(plan->arena, "%s", error.what);
        take_back(gathering, first, last);
    }
    if (why)
        note_outsider(plan, node, why);
}

/* A bus is no master of its own: its devices are. */
static bool is_bus(const struct shim_tree *tree, uint32_t node)
{
    static const char buses[] = "simple-bus\0simple-mfd\0simple-pm-bus\0";

    return tree->nodes[node].past != node + 1 && shim_compatible_one(tree, node, buses);
}

static void come_masters(struct gathering *gathering)
{
    const struct shim_plan *plan = gathering->plan;

    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        uint32_t node = plan->board->masters[i].node;

        if (shim_prop(plan->tree, node, SHIM_REG).at && !is_bus(plan->tree, node) &&
            shim_on_bus(plan->tree, node))
            try_master(gathering, node);
    }
}

static enum shim_code come_compatible(struct gathering *gathering, const char *word,
                                      struct shim_error *error)
{
    const struct shim_tree *tree = gathering->plan->tree;
    bool found = false;
    enum shim_code code = SHIM_OK;

    for (uint32_t node = 1; !code && node < tree->node_count; node++)
        if (shim_compatible(tree, node, word) && shim_reachable(tree, node)) {
            code = come_named(gathering, node, error);
            found = true;
        }
    if (code || found)
        return code;
    return shim_fail(error, SHIM_E_POLICY, "policy", "passthrough",
                     "name devices by path, alias or compatible, or say all-dma",
                     "no available device of this tree is '%s'", word);
}

/* Whom all-dma takes by itself is in nobody's way: those that are named come first. */
static enum shim_code come_all(struct gathering *gathering, struct shim_error *error)
{
    struct shim_span list = gathering->plan->policy->list[SHIM_POLICY_PASSTHROUGH];
    enum shim_code code = SHIM_OK;

    bool all = false;

    for (const char *word = shim_list_next(list, NULL); !code && word;
         word = shim_list_next(list, word)) {
        uint32_t node = shim_node_by_path(gathering->plan->tree, word, strlen(word));

        if (!strcmp(word, all_dma))
            all = true;
        else if (node != SHIM_NONE)
            code = come_named(gathering, node, error);
        else
            code = come_compatible(gathering, word, error);
    }
    if (!code && all)
        come_masters(gathering);
    return code;
}

/* ---- all of them ------------------------------------------------------------------------- */

static bool add_pages(struct shim_plan *plan, uint32_t node)
{
    return !shim_on_bus(plan->tree, node) ||
           shim_collect_regs(&plan->given->passed, plan->tree, node);
}

static enum shim_code settle(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    if (!shim_ranges_init(&plan->given->passed, plan->arena, shim_most_regs(plan->tree)))
        return no_memory(error);
    for (uint32_t node = 1; !code && node < plan->tree->node_count; node++) {
        if (is_top(plan, node))
            plan->given->comes[node] |= SHIM_COMES_TOP;
        if (comes(plan, node) && !add_pages(plan, node))
            code = no_memory(error);
    }
    shim_ranges_settle(&plan->given->passed);
    return code;
}

static bool start(struct gathering *gathering, struct shim_plan *plan)
{
    uint32_t nodes = plan->tree->node_count;

    *gathering = (struct gathering){ .plan = plan };
    gathering->queue = shim_alloc(plan->arena, nodes, sizeof(*gathering->queue));
    plan->given->comes = shim_alloc(plan->arena, nodes, 1);
    if (!gathering->queue || !plan->given->comes)
        return false;
    memset(plan->given->comes, 0, nodes);
    return shim_passing_init(&gathering->passing, plan);
}

enum shim_code shim_gather_devices(struct shim_plan *plan, struct shim_error *error)
{
    struct gathering gathering;
    enum shim_code code;

    if (!start(&gathering, plan))
        return no_memory(error);
    code = come_all(&gathering, error);
    return code ? code : settle(plan, error);
}
