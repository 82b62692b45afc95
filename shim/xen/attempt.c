// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/attempt.h"

#include "shim/xen/boot.h"
#include "shim/xen/payload.h"
#include "shim/xen/plan.h"
#include "shim/xen/releases.h"

#define PAGE ((uint64_t)4096)

/* No attempt counts any more: with more memory another one might have been taken. */
static bool run_out(struct shim_attempt *attempt)
{
    attempt->plan->arena->full = true;
    return false;
}

static struct shim_range destination(const struct shim_module *module)
{
    return (struct shim_range){ module->to, module->room };
}

/* ---- what is free ------------------------------------------------------------ */

/* Machine memory that becomes dom0's. */
static bool without_blocks(struct shim_ranges *set, const struct shim_plan *plan)
{
    bool fits = true;

    for (uint32_t i = 0; fits && i < shim_plan_block_count(plan); i++) {
        uint64_t guest;

        fits = shim_ranges_remove(set, shim_plan_block(plan, i, &guest));
    }
    return fits;
}

bool shim_meets_blocks(const struct shim_plan *plan, struct shim_range range)
{
    for (uint32_t i = 0; i < shim_plan_block_count(plan); i++) {
        uint64_t guest;

        if (shim_range_overlaps(range, shim_plan_block(plan, i, &guest)))
            return true;
    }
    return false;
}

/*
 * Reservations count in whole pages, as in Xen: it does not hand out a page that
 * is partly reserved.
 */
static bool usable_ram(struct shim_ranges *set, const struct shim_plan *plan,
                       struct shim_arena *arena)
{
    bool fits = shim_ranges_copy(set, &plan->board->ram, arena,
                                 plan->board->reserved.count + plan->devices.count +
                                 SHIM_MODULES_MAX + SHIM_PLUGS_MAX +
                                 SHIM_BLOCKS_MAX + SHIM_FORECAST_SPARE) &&
                shim_ranges_remove(set, (struct shim_range){ 0, PAGE }); /* Xen keeps it away */

    for (uint32_t i = 0; fits && i < plan->board->reserved.count; i++) {
        struct shim_range range = plan->board->reserved.at[i];
        uint64_t base = shim_align_down(range.base, PAGE);

        fits = shim_ranges_remove(set, (struct shim_range){
                base, shim_align_up(shim_range_end(range), PAGE) - base });
    }
    return fits;
}

bool shim_attempt_begin(struct shim_attempt *attempt, struct shim_plan *plan)
{
    *attempt = (struct shim_attempt){ .plan = plan, .arena = *plan->arena };
    plan->xen->steering = (struct shim_steering){ 0 };
    for (uint32_t i = 0; i < plan->module_count; i++) {
        plan->modules[i].placed = false;
        plan->modules[i].rival.size = 0;
    }
    attempt->rivals = shim_alloc(&attempt->arena, 1, sizeof(*attempt->rivals));
    return (attempt->rivals &&
            shim_rivals_init(attempt->rivals, &attempt->arena, SHIM_RIVALS_MOST) &&
            usable_ram(&attempt->heap, plan, &attempt->arena) &&
            usable_ram(&attempt->free, plan, &attempt->arena) &&
            shim_ranges_remove_all(&attempt->free, &plan->devices) &&
            shim_without_sources(&attempt->free, plan)) || run_out(attempt);
}

bool shim_attempt_start(struct shim_attempt *attempt, struct shim_plan *plan)
{
    struct shim_range block = shim_plan_machine_block(plan);
    bool room = shim_attempt_begin(attempt, plan) && without_blocks(&attempt->free, plan) &&
                shim_ranges_init(&attempt->within, &attempt->arena, 1) &&
                shim_ranges_add(&attempt->within, block);

    attempt->next = shim_range_end(block);
    return room || run_out(attempt);
}

/* ---- placing ------------------------------------------------------------------- */

static void settle(struct shim_attempt *attempt, struct shim_module *module, uint64_t to)
{
    module->to = to;
    module->placed = true;
    shim_ranges_remove(&attempt->free, destination(module));
    shim_ranges_remove(&attempt->heap, destination(module));
    attempt->next = shim_range_end(destination(module));
}

/* Where Xen itself may be; for everything else anywhere. */
static struct shim_range places_for(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->kind == SHIM_MODULE_XEN ? shim_releases_places(&plan->xen->releases)
                                           : (struct shim_range){ 0, UINT64_MAX };
}

/* May the module stay: in RAM, aligned, clear of the block and of everything else? */
static bool may_stay(const struct shim_attempt *attempt, const struct shim_module *module)
{
    const struct shim_plan *plan = attempt->plan;
    struct shim_range own = { module->from.base, module->room };

    if (!module->present || own.base % PAGE ||
        (!attempt->banked && shim_meets_blocks(plan, own)) || shim_range_overlaps(own, plan->facts->stage) ||
        !shim_ranges_holding(&attempt->heap, own))
        return false;
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (&plan->modules[i] != module && plan->modules[i].present &&
            shim_range_overlaps(own, plan->modules[i].from))
            return false;
    return shim_range_contains(places_for(plan, module), own);
}

void shim_attempt_keep(struct shim_attempt *attempt)
{
    uint64_t next = attempt->next;

    for (uint32_t i = 0; i < attempt->plan->module_count; i++) {
        struct shim_module *module = &attempt->plan->modules[i];

        if (may_stay(attempt, module))
            settle(attempt, module, module->from.base);
    }
    attempt->next = next;
}

static bool fit(const struct shim_attempt *attempt, const struct shim_module *module, uint64_t from,
                uint64_t *to)
{
    struct shim_range places = places_for(attempt->plan, module);

    if (from < places.base)
        from = places.base;
    return shim_ranges_fit(&attempt->free, from, module->room, SHIM_XEN_PLACE_ALIGNMENT, to) &&
           shim_range_contains(places, (struct shim_range){ *to, module->room });
}

struct shim_module *shim_first_unplaced(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (!plan->modules[i].placed)
            return &plan->modules[i];
    return NULL;
}

/* RAM above it may be free, but is out of reach. */
static const char *below_reach(const struct shim_plan *plan)
{
    const struct shim_ranges *ram = &plan->board->ram;
    uint64_t reach = shim_xen_reach(plan);

    return ram->count && shim_range_end(ram->at[ram->count - 1]) > reach
               ? shim_say(plan->arena, " below 0x%llx", SHIM_X(reach))
               : "";
}

static const char *no_room_for(const struct shim_attempt *attempt, const struct shim_module *module)
{
    const struct shim_plan *plan = attempt->plan;
    struct shim_range places = places_for(plan, module);
    uint64_t to;

    if (!shim_ranges_fit(&attempt->free, 0, module->room, SHIM_XEN_PLACE_ALIGNMENT, &to))
        return shim_say(plan->arena, "no %s of free RAM is left%s for the %s",
                        SHIM_SIZE(module->room), below_reach(plan), shim_module_word(module->kind));
    return shim_say(plan->arena, "no RAM is free in 0x%llx-0x%llx, where Xen %s can start",
                    SHIM_X(places.base), SHIM_X(shim_range_end(places) - 1),
                    SHIM_XEN_OF(&plan->xen->releases));
}

/* After the last one placed, or else the lowest place there is. */
bool shim_attempt_place(struct shim_attempt *attempt, struct shim_module *module)
{
    uint64_t to;

    if (!fit(attempt, module, attempt->next, &to) && !fit(attempt, module, 0, &to)) {
        attempt->why = no_room_for(attempt, module);
        return false;
    }
    settle(attempt, module, to);
    return true;
}

/* The lowest place for a plug in the rival, outside the block. Nothing is written there. */
static bool plug_in(const struct shim_attempt *attempt, struct shim_range rival,
                    struct shim_range *plug)
{
    struct shim_range block = shim_plan_machine_block(attempt->plan);
    const struct shim_ranges *heap = &attempt->heap;

    if (!shim_ranges_fit(heap, rival.base, plug->size, plug->size, &plug->base))
        return false;
    if (!attempt->banked && shim_range_overlaps(block, *plug) &&
        !shim_ranges_fit(heap, shim_range_end(block), plug->size, plug->size, &plug->base))
        return false;
    return plug->base < shim_range_end(rival);
}

static bool keep_away(struct shim_attempt *attempt, struct shim_range page)
{
    struct shim_steering *steering = &attempt->plan->xen->steering;

    if (steering->plug_count == SHIM_PLUGS_MAX)
        return false;
    shim_ranges_remove(&attempt->free, page);
    shim_ranges_remove(&attempt->heap, page);
    steering->plugs[steering->plug_count++] = page;
    steering->cost += page.size;
    return true;
}

/*
 * A page that Xen has to leave alone: it breaks the buddy that it is in.
 * Xen 4.17 does not look at /memreserve/ for its static heap; there a gap
 * between two heap ranges does the same.
 */
bool shim_attempt_plug(struct shim_attempt *attempt, struct shim_range rival)
{
    struct shim_range page = { .size = attempt->static_heap ? SHIM_XEN_HEAP_ALIGNMENT : PAGE };

    if (plug_in(attempt, rival, &page) && keep_away(attempt, page))
        return true;
    attempt->why = shim_say(attempt->plan->arena,
                            "Xen would prefer 0x%llx-0x%llx, and nothing more can be put there",
                            SHIM_X(rival.base), SHIM_X(shim_range_end(rival) - 1));
    return false;
}

void shim_attempt_fence(struct shim_attempt *attempt, struct shim_range range)
{
    struct shim_range above = { shim_range_end(range), PAGE }, below = { range.base - PAGE, PAGE };

    if (shim_ranges_holding(&attempt->free, above))
        keep_away(attempt, above);
    if (range.base && shim_ranges_holding(&attempt->free, below))
        keep_away(attempt, below);
}

/* Makes the rival unusable with a module that must go somewhere anyway. */
static bool occupy(struct shim_attempt *attempt, struct shim_range rival)
{
    struct shim_plan *plan = attempt->plan;

    for (uint32_t i = 0; i < plan->module_count; i++) {
        struct shim_module *module = &plan->modules[i];
        uint64_t to;

        if (!module->placed && fit(attempt, module, rival.base, &to) &&
            to < shim_range_end(rival)) {
            settle(attempt, module, to);
            module->rival = rival;
            return true;
        }
    }
    return false;
}

/* What 32-bit Xen sizes its own heap by; 0: it has 64 bits. */
static uint64_t xenheap_of(const struct shim_attempt *attempt)
{
    const struct shim_plan *plan = attempt->plan;

    if (!shim_xen_is_32(plan))
        return 0;
    return shim_ranges_total(attempt->static_heap ? &attempt->heap : &plan->board->ram);
}

static struct shim_wish wish_of(const struct shim_attempt *attempt, struct shim_ranges *banks)
{
    const struct shim_plan *plan = attempt->plan;

    return (struct shim_wish){
        .whom = plan->domain ? SHIM_FORECAST_DOMAIN : SHIM_FORECAST_DOM0,
        .size = banks ? plan->dom0.size : attempt->within.at[0].size,
        .within = attempt->within,
        .banks = banks,
        .rivals = attempt->rivals,
        .low_bits = shim_plan_low_bits(plan),
        .xenheap_of = xenheap_of(attempt),
        .static_heap = attempt->static_heap,
    };
}

struct shim_outcome shim_attempt_forecast(struct shim_attempt *attempt, struct shim_ranges *banks,
                                          bool thrifty)
{
    struct shim_arena scratch = attempt->arena;
    struct shim_wish wish = wish_of(attempt, banks);
    struct shim_rivals early, within;
    uint32_t pieces = 2 * attempt->heap.count + SHIM_RIVALS_MOST; /* one at either end of a range */
    struct shim_ranges heap;

    wish.thrifty = thrifty;
    wish.early = &early;
    wish.early_within = &within;
    if (banks)
        banks->count = 0;
    if (shim_ranges_copy(&heap, &attempt->heap, &scratch, SHIM_FORECAST_SPARE) &&
        shim_rivals_init(&early, &scratch, pieces) && shim_rivals_init(&within, &scratch, pieces))
        return shim_xen_outcome(&wish, &heap, &attempt->plan->board->ram);
    run_out(attempt);
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_STUCK, .why = "" };
}

/*
 * A forecast for each would find the next one: the page that breaks up one leaves the others
 * as they are.
 */
bool shim_attempt_plug_all(struct shim_attempt *attempt, struct shim_range rival)
{
    if (!attempt->rivals->count)
        return shim_attempt_plug(attempt, rival);
    for (uint32_t i = attempt->rivals->count; i-- > 0;)
        if (!shim_attempt_plug(attempt, attempt->rivals->at[i]))
            return false;
    return true;
}

/* Places and plugs until Xen has no other choice than the block. */
bool shim_attempt_steer(struct shim_attempt *attempt)
{
    while (true) {
        struct shim_outcome next = shim_attempt_forecast(attempt, NULL, false);
        struct shim_module *module;

        if (next.kind == SHIM_OUTCOME_STUCK) {
            attempt->why = next.why;
            return false;
        }
        if (next.kind == SHIM_OUTCOME_RIVAL) {
            if (!occupy(attempt, next.rival) && !shim_attempt_plug_all(attempt, next.rival))
                return false;
            continue;
        }
        module = shim_first_unplaced(attempt->plan);
        if (!module)
            return true;
        if (!shim_attempt_place(attempt, module))
            return false;
    }
}

bool shim_attempt_all(struct shim_attempt *attempt, struct shim_plan *plan, unsigned ways)
{
    if (!shim_attempt_start(attempt, plan))
        return false;
    if (ways & SHIM_KEEP)
        shim_attempt_keep(attempt);
    if (ways & SHIM_FENCE)
        shim_attempt_fence(attempt, shim_plan_machine_block(plan));
    return shim_attempt_steer(attempt);
}
