// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * offset: how does a kernel that does not know dma-offset learn the constant
 * offset? Through `dma-ranges`, as Linux 5.10 and later read them.
 *
 * Three ways, in this order:
 *   - dma-ranges that the device already uses take the offset in;
 *   - a bus without any gets some;
 *   - the device gets its own DMA parent (a "dma-mem" interconnect).
 * The root cannot carry any: Linux cannot translate them there. A device that
 * must not have it (protected, or a PCI host with a driver that programs the
 * hardware from its dma-ranges) rules out the buses above it, unless it can be
 * given a DMA parent with what the bus had before.
 */
#include "shim/base/mem.h"
#include "shim/board/dma_parent.h"
#include "shim/native/beyond.h"
#include "shim/native/inbound.h"
#include "shim/native/passes.h"
#include "shim/native/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_OFFSET;

/* If unsure, nothing is written: some dma-ranges on the way have cells that dtshim cannot read. */
static bool readable_from(const struct shim_tree *tree, uint32_t node)
{
    for (unsigned hops = 0; node != SHIM_NONE && node != SHIM_ROOT && hops < SHIM_DMA_HOPS; hops++) {
        if (shim_prop(tree, node, SHIM_DMA_RANGES).len &&
            !shim_ranges_entries(tree, node, SHIM_DMA_RANGES).rest.len)
            return false;
        node = shim_dma_parent(tree, node);
    }
    return true;
}

static bool is_protected(const struct shim_plan *plan, uint32_t node)
{
    return plan->board->dma[node] == SHIM_DMA_PROTECTED;
}

/* `interconnects` are looked up in pairs: one more among others breaks the others. */
static bool can_hook(const struct shim_plan *plan, uint32_t node)
{
    return !shim_has_known(plan->tree, node, SHIM_INTERCONNECTS) && !shim_says_itself(plan->tree, node) &&
           !(plan->native->carriers[node] & SHIM_CARRIER_TIED);
}

/* ---- can it be said there? ---------------------------------------------------------- */

static bool can_say(const struct shim_entries *cells, const struct shim_window_entry *entry)
{
    return shim_can_say(cells, &(struct shim_entry){ 0, entry->bus, entry->cpu, entry->size });
}

/* Nothing above translates what the node's dma-ranges lead to. */
static bool flat_above(const struct shim_tree *tree, uint32_t node)
{
    node = shim_dma_parent(tree, node);
    for (unsigned hops = 0; node != SHIM_NONE && node != SHIM_ROOT && hops < SHIM_DMA_HOPS; hops++) {
        if (shim_prop(tree, node, SHIM_DMA_RANGES).len)
            return false;
        node = shim_dma_parent(tree, node);
    }
    return node == SHIM_ROOT;
}

static bool takes_offset_in(const struct shim_plan *plan, const struct shim_window *window)
{
    struct shim_entries cells = shim_ranges_entries(plan->tree, window->node, SHIM_DMA_RANGES);
    struct shim_window_entry composed;

    for (uint32_t i = 0; i < window->count; i++)
        if (shim_plan_compose(plan, &window->at[i], &composed) && !can_say(&cells, &composed))
            return false;
    return flat_above(plan->tree, window->node);
}

/* Can a bus without dma-ranges say where dom0's memory is? */
static bool can_have_some(const struct shim_plan *plan, uint32_t bus)
{
    struct shim_entries cells = shim_ranges_entries(plan->tree, bus, SHIM_RANGES);
    struct shim_window_entry all = { .bus = plan->machine_base, .cpu = plan->dom0.base,
                                     .size = plan->dom0.size };

    return !shim_is_pci(plan->tree, bus) && shim_has_known(plan->tree, bus, SHIM_ADDRESS_CELLS) &&
           shim_has_known(plan->tree, bus, SHIM_SIZE_CELLS) && can_say(&cells, &all) &&
           flat_above(plan->tree, bus);
}

bool shim_carrier_written(const struct shim_plan *plan, uint32_t node)
{
    uint8_t flags = plan->native->carriers[node];

    return flags & (SHIM_CARRIER_REWRITE | SHIM_CARRIER_NEW) && !(flags & SHIM_CARRIER_BARRED);
}

/* ---- who could carry it ---------------------------------------------------------------- */

/* The highest node with dma-ranges, if it had some, that the device would use. */
static uint32_t highest_bus(const struct shim_tree *tree, uint32_t device)
{
    uint32_t node = shim_dma_start(tree, device), found = SHIM_NONE;

    for (unsigned hops = 0; node != SHIM_NONE && node != SHIM_ROOT && hops < SHIM_DMA_HOPS; hops++) {
        if (!shim_is_pci(tree, node))
            found = node;
        if (hops && !shim_has_known(tree, node, SHIM_DMA_RANGES))
            break;
        node = shim_dma_parent(tree, node);
    }
    return found;
}

static void propose(struct shim_plan *plan, const struct shim_master *master, uint32_t *carrier)
{
    const struct shim_window *window = &plan->board->windows[master->window];

    *carrier = SHIM_NONE;
    if (is_protected(plan, master->node) || shim_programs_inbound(plan->tree, master->node) ||
        shim_beyond_offset(plan, master))
        return;
    if (window->count) {
        if (plan->native->in_place[master->window])
            *carrier = window->node;
    } else if (shim_dma_carrier(plan->tree, master->node) == SHIM_NONE) {
        uint32_t bus = highest_bus(plan->tree, master->node);

        if (bus != SHIM_NONE && can_have_some(plan, bus))
            *carrier = bus;
    }
    if (*carrier != SHIM_NONE)
        plan->native->carriers[*carrier] |= window->count ? SHIM_CARRIER_REWRITE
                                                          : SHIM_CARRIER_NEW;
}

/* Bars every carrier with one of these flags among the DMA parents from `node` up. */
static void bar_from(struct shim_plan *plan, uint32_t node, uint8_t flags)
{
    for (unsigned hops = 0; node != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        if (plan->native->carriers[node] & flags)
            plan->native->carriers[node] |= SHIM_CARRIER_BARRED;
        node = shim_dma_parent(plan->tree, node);
    }
}

static void tie_from(struct shim_plan *plan, uint32_t node)
{
    for (unsigned hops = 0; node != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        plan->native->carriers[node] |= SHIM_CARRIER_TIED;
        node = shim_dma_parent(plan->tree, node);
    }
}

/* A device on the way has a DMA parent of its own now, and so have those behind it. */
static bool hooked_from(const struct shim_plan *plan, uint32_t node)
{
    for (unsigned hops = 0; node != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        if (plan->native->carriers[node] & SHIM_CARRIER_HOOKED)
            return true;
        node = shim_dma_parent(plan->tree, node);
    }
    return false;
}

static bool written_from(const struct shim_plan *plan, uint32_t node)
{
    for (unsigned hops = 0; node != SHIM_NONE && hops < SHIM_DMA_HOPS; hops++) {
        if (shim_carrier_written(plan, node))
            return true;
        node = shim_dma_parent(plan->tree, node);
    }
    return false;
}

/*
 * No carrier is above another one: the upper one would translate what the lower
 * one has. Existing ones win over new ones, and of the new ones the upper wins.
 */
static void part_carriers(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (plan->native->carriers[node] & SHIM_CARRIER_REWRITE)
            bar_from(plan, shim_dma_parent(tree, node), SHIM_CARRIER_NEW);
    for (uint32_t node = 1; node < tree->node_count; node++)
        if (plan->native->carriers[node] & SHIM_CARRIER_NEW &&
            written_from(plan, shim_dma_parent(tree, node)))
            plan->native->carriers[node] |= SHIM_CARRIER_BARRED;
}

static void bar_for_bystanders(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        uint32_t node = plan->board->masters[i].node;

        if ((!is_protected(plan, node) && !shim_programs_inbound(plan->tree, node)) ||
            can_hook(plan, node))
            continue;
        bar_from(plan, shim_dma_start(plan->tree, node), SHIM_CARRIER_REWRITE | SHIM_CARRIER_NEW);
        tie_from(plan, shim_dma_start(plan->tree, node));
    }
}

/* ---- who carries it ------------------------------------------------------------------------ */

static enum shim_carrying carrying_of(const struct shim_plan *plan,
                                      const struct shim_master *master)
{
    uint32_t carrier = plan->native->carrier[master - plan->board->masters];
    uint32_t start = shim_dma_start(plan->tree, master->node);
    bool hook = can_hook(plan, master->node), hooked = hooked_from(plan, start);

    if (is_protected(plan, master->node))
        return hook && (hooked || written_from(plan, start)) ? SHIM_CARRY_HOOK : SHIM_CARRY_NOT;
    if (shim_beyond_offset(plan, master) || !readable_from(plan->tree, start))
        return SHIM_CARRY_LOST;
    if (!hooked && carrier != SHIM_NONE && shim_carrier_written(plan, carrier))
        return SHIM_CARRY_BUS;
    return hook ? SHIM_CARRY_HOOK : SHIM_CARRY_LOST;
}

/* One round over all devices; true if one of them was given its own DMA parent. */
static bool carry_once(struct shim_plan *plan)
{
    bool changed = false;

    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        const struct shim_master *master = &plan->board->masters[i];
        uint8_t *flags = &plan->native->carriers[master->node];

        plan->carrying[i] = (uint8_t)carrying_of(plan, master);
        if (plan->carrying[i] == SHIM_CARRY_HOOK && !(*flags & SHIM_CARRIER_HOOKED)) {
            *flags |= SHIM_CARRIER_HOOKED;
            changed = true;
        }
    }
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (shim_carrier_written(plan, node) && hooked_from(plan, node))
            plan->native->carriers[node] |= SHIM_CARRIER_BARRED;
    return changed;
}

/*
 * Buses can be devices, too: one that gets a DMA parent of its own takes its
 * children along, which then need one as well. Each round settles a level.
 */
static enum shim_code carry(struct shim_plan *plan, struct shim_error *error)
{
    unsigned rounds = 0;

    while (carry_once(plan))
        if (++rounds > SHIM_DMA_HOPS)
            return shim_fail(error, SHIM_E_UNSUPPORTED, "policy", "offset-in",
                             "keep offset-in at property, or untangle the interconnects",
                             "the DMA parents of this tree form a loop");
    return SHIM_OK;
}

/* Those with the same words are alike. */
static void note_hook(struct shim_plan *plan, uint32_t node, const char *why)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = node, .device = true,
        .what = "is given its own dma-mem parent", .reason = why,
        .alike = { .kind = SHIM_ALIKE_HOOK, .shared = why } });
}

static void note_untold(struct shim_plan *plan, uint32_t node, const char *why)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_WARNING, .pass = pass, .node = node,
        .what = "a stock kernel cannot be told the offset: its DMA goes wrong", .reason = why,
        .alike = { .kind = SHIM_ALIKE_UNTOLD, .shared = why } });
}

static void note_carrier(struct shim_plan *plan, uint32_t node, const char *what)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = node, .what = what,
        .reason = "stock Linux adds what they say to every DMA address",
        .alike = { .kind = SHIM_ALIKE_CARRIER, .shared = what } });
}

static void note_carrying(struct shim_plan *plan, const struct shim_master *master)
{
    const struct shim_tree *tree = plan->tree;
    enum shim_carrying carrying = shim_plan_carrying(plan, master);

    if (carrying == SHIM_CARRY_HOOK)
        note_hook(plan, master->node, is_protected(plan, master->node)
                                          ? "it is protected, and the bus above takes the offset in"
                                          : "no bus above it can carry the offset");
    else if (carrying == SHIM_CARRY_LOST && !shim_beyond_offset(plan, master))
        note_untold(plan, master->node, shim_programs_inbound(tree, master->node)
                        ? "its driver programs inbound windows from dma-ranges, which are not "
                          "changed: disable it, or run a kernel that reads dma-offset"
                        : "neither its buses nor a DMA parent of its own can carry it: disable "
                          "it, or run a kernel that reads dma-offset");
}

static void note_carriers(struct shim_plan *plan)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (shim_carrier_written(plan, node))
            note_carrier(plan, node, plan->native->carriers[node] & SHIM_CARRIER_REWRITE
                                         ? "its dma-ranges take the offset in"
                                         : "is given dma-ranges with the offset");
}

/* One dma-mem parent for all devices that need the same. */
static enum shim_code number_hooks(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t highest = 0;

    for (uint32_t node = 0; node < plan->tree->node_count; node++)
        if (plan->tree->nodes[node].phandle > highest)
            highest = plan->tree->nodes[node].phandle;
    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        const struct shim_master *master = &plan->board->masters[i];
        uint32_t *hook = &plan->native->hooks[master->window][!is_protected(plan, master->node)];

        if (plan->carrying[i] != SHIM_CARRY_HOOK || *hook)
            continue;
        if (highest >= UINT32_MAX - 2)
            return shim_fail(error, SHIM_E_UNSUPPORTED, "/", "phandle",
                             "renumber the phandles: dtc -I dtb -O dts, and back",
                             "no phandle is left above 0x%llx", SHIM_X(highest));
        *hook = ++highest;
    }
    return SHIM_OK;
}

static bool wanted(const struct shim_plan *plan)
{
    return plan->policy->value[SHIM_POLICY_OFFSET_IN] != SHIM_OFFSET_IN_PROPERTY;
}

static bool make_room(struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;
    struct shim_native_plan *native = plan->native;

    native->carriers = shim_alloc(plan->arena, plan->tree->node_count, 1);
    native->carrier = shim_alloc(plan->arena, board->master_count, sizeof(*native->carrier));
    native->in_place = shim_alloc(plan->arena, board->window_count, sizeof(*native->in_place));
    native->hooks = shim_alloc(plan->arena, board->window_count, sizeof(*native->hooks));
    plan->carrying = shim_alloc(plan->arena, board->master_count, 1);
    if (!native->carriers || !native->carrier || !native->in_place || !native->hooks ||
        !plan->carrying)
        return false;
    memset(native->carriers, 0, plan->tree->node_count);
    memset(native->hooks, 0, board->window_count * sizeof(*native->hooks));
    return true;
}

static enum shim_code no_memory(const struct shim_plan *plan, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room to place the offset in %u nodes", plan->tree->node_count);
}

/* Nothing is written, and there are devices that no kernel can give it, either. */
static enum shim_code lose_those_beyond(struct shim_plan *plan, struct shim_error *error)
{
    plan->carrying = shim_alloc(plan->arena, plan->board->master_count, 1);
    if (!plan->carrying)
        return no_memory(plan, error);
    for (uint32_t i = 0; i < plan->board->master_count; i++)
        plan->carrying[i] = shim_beyond_offset(plan, &plan->board->masters[i]) ? SHIM_CARRY_LOST
                                                                               : SHIM_CARRY_NOT;
    return SHIM_OK;
}

enum shim_code shim_native_offset(struct shim_plan *plan, struct shim_error *error)
{
    if (plan->layout != SHIM_LAYOUT_OFFSET || !shim_plan_has_offset(plan))
        return SHIM_OK;
    if (!wanted(plan))
        return lose_those_beyond(plan, error);
    if (!make_room(plan))
        return no_memory(plan, error);
    for (uint32_t i = 1; i < plan->board->window_count; i++)
        plan->native->in_place[i] = takes_offset_in(plan, &plan->board->windows[i]);
    for (uint32_t i = 0; i < plan->board->master_count; i++)
        propose(plan, &plan->board->masters[i], &plan->native->carrier[i]);
    bar_for_bystanders(plan);
    part_carriers(plan);
    if (carry(plan, error))
        return error->code;
    for (uint32_t i = 0; i < plan->board->master_count; i++)
        note_carrying(plan, &plan->board->masters[i]);
    note_carriers(plan);
    return number_hooks(plan, error);
}
