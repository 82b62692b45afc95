// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/place.h"

#include <dtshim/span.h>

#include "shim/xen/heap.h"
#include "shim/xen/payload.h"
#include "shim/xen/plan.h"
#include "shim/xen/platform.h"

static const enum shim_pass_id pass = SHIM_PASS_PLACEMENT;

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)
#define MODULE_ALIGNMENT (2 * MIB) /* Xen maps the tree by 2 MiB; kernels like it */

/*
 * Xen 4.17's early identity map clashes with its link address when it is
 * loaded into [2 MiB, 4 MiB) (head.S, virtphys_clash).
 */
#define XEN_LOWEST (4 * MIB)

#define HEAP_ALIGNMENT (64 * (uint64_t)1024) /* of xen,static-heap, booting.txt */

/* What Xen's static heap gets beside dom0's block and the frame table. */
#define SCRATCH_MOST (512 * MIB)
#define SCRATCH_LEAST (32 * MIB)

#define LEAST_PAGE_INFO ((uint64_t)28) /* half of sizeof(struct page_info) in 4.17 */

/* One way of arranging things, as it is being tried. */
struct attempt {
    struct shim_plan *plan;
    /*
     * A copy of the plan's: what an attempt takes is given back by forgetting
     * it. So words for the plan's arena are only written once it is over.
     */
    struct shim_arena arena;
    struct shim_ranges free; /* RAM that nobody needs: where things may go */
    struct shim_ranges heap; /* RAM that Xen's allocator will be given */
    uint64_t next;           /* first try for the next module */
    bool static_heap;        /* the heap is what xen,static-heap will say */
    const char *why;         /* of the failure */
};

/* No attempt counts any more: with more memory another one might have been taken. */
static bool run_out(struct attempt *attempt)
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

static bool meets_blocks(const struct shim_plan *plan, struct shim_range range)
{
    for (uint32_t i = 0; i < shim_plan_block_count(plan); i++) {
        uint64_t guest;

        if (shim_range_overlaps(range, shim_plan_block(plan, i, &guest)))
            return true;
    }
    return false;
}

/*
 * Reservations count by whole pages, as in Xen; a partly reserved page is no
 * page that Xen hands out.
 */
static bool usable_ram(struct shim_ranges *set, const struct shim_plan *plan,
                       struct shim_arena *arena)
{
    bool fits = shim_ranges_copy(set, &plan->board->ram, arena,
                                 plan->board->reserved.count + SHIM_MODULES_MAX + SHIM_PLUGS_MAX +
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

static bool start(struct attempt *attempt, struct shim_plan *plan)
{
    *attempt = (struct attempt){ .plan = plan, .arena = *plan->arena,
                                 .next = shim_range_end(shim_plan_machine_block(plan)) };
    plan->xen->steering = (struct shim_steering){ 0 };
    for (uint32_t i = 0; i < plan->module_count; i++) {
        plan->modules[i].placed = false;
        plan->modules[i].rival.size = 0;
    }
    return (usable_ram(&attempt->heap, plan, &attempt->arena) &&
            usable_ram(&attempt->free, plan, &attempt->arena) &&
            without_blocks(&attempt->free, plan) &&
            shim_without_sources(&attempt->free, plan)) || run_out(attempt);
}

/* ---- placing ------------------------------------------------------------------- */

static void settle(struct attempt *attempt, struct shim_module *module, uint64_t to)
{
    module->to = to;
    module->placed = true;
    shim_ranges_remove(&attempt->free, destination(module));
    shim_ranges_remove(&attempt->heap, destination(module));
    attempt->next = shim_range_end(destination(module));
}

/* May the module stay: in RAM, aligned, clear of the block and of everything else? */
static bool may_stay(const struct attempt *attempt, const struct shim_module *module)
{
    const struct shim_plan *plan = attempt->plan;
    struct shim_range own = { module->from.base, module->room };

    if (!module->present || own.base % PAGE ||
        meets_blocks(plan, own) || shim_range_overlaps(own, plan->facts->stage) ||
        !shim_ranges_holding(&attempt->heap, own))
        return false;
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (&plan->modules[i] != module && plan->modules[i].present &&
            shim_range_overlaps(own, plan->modules[i].from))
            return false;
    return module->kind != SHIM_MODULE_XEN || own.base >= XEN_LOWEST;
}

static void keep_in_place(struct attempt *attempt)
{
    uint64_t next = attempt->next;

    for (uint32_t i = 0; i < attempt->plan->module_count; i++) {
        struct shim_module *module = &attempt->plan->modules[i];

        if (may_stay(attempt, module))
            settle(attempt, module, module->from.base);
    }
    attempt->next = next;
}

static bool fit(const struct attempt *attempt, const struct shim_module *module, uint64_t from,
                uint64_t *to)
{
    if (module->kind == SHIM_MODULE_XEN && from < XEN_LOWEST)
        from = XEN_LOWEST;
    return shim_ranges_fit(&attempt->free, from, module->room, MODULE_ALIGNMENT, to);
}

static struct shim_module *first_unplaced(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (!plan->modules[i].placed)
            return &plan->modules[i];
    return NULL;
}

/* Behind the last one placed, or else the lowest place there is. */
static bool place_anywhere(struct attempt *attempt, struct shim_module *module)
{
    uint64_t to;

    if (!fit(attempt, module, attempt->next, &to) && !fit(attempt, module, 0, &to)) {
        attempt->why = shim_say(attempt->plan->arena, "no %s of free RAM are left for the %s",
                                SHIM_SIZE(module->room), shim_module_word(module->kind));
        return false;
    }
    settle(attempt, module, to);
    return true;
}

/* The lowest place for a plug in the rival, outside the block. Nothing is written there. */
static bool plug_in(const struct attempt *attempt, struct shim_range rival,
                    struct shim_range *plug)
{
    struct shim_range block = shim_plan_machine_block(attempt->plan);
    const struct shim_ranges *heap = &attempt->heap;

    if (!shim_ranges_fit(heap, rival.base, plug->size, plug->size, &plug->base))
        return false;
    if (shim_range_overlaps(block, *plug) &&
        !shim_ranges_fit(heap, shim_range_end(block), plug->size, plug->size, &plug->base))
        return false;
    return plug->base < shim_range_end(rival);
}

/*
 * A page that Xen is told to leave alone: it breaks the buddy that it lies in.
 * Xen 4.17 does not look at /memreserve/ for its static heap; there a gap
 * between two heap ranges does the same.
 */
static bool plug(struct attempt *attempt, struct shim_range rival)
{
    struct shim_steering *steering = &attempt->plan->xen->steering;
    struct shim_range page = { .size = attempt->static_heap ? HEAP_ALIGNMENT : PAGE };

    if (steering->plug_count == SHIM_PLUGS_MAX || !plug_in(attempt, rival, &page)) {
        attempt->why = shim_say(attempt->plan->arena,
                                "Xen would rather take 0x%llx-0x%llx, and nothing more can be "
                                "put there", SHIM_X(rival.base),
                                SHIM_X(shim_range_end(rival) - 1));
        return false;
    }
    shim_ranges_remove(&attempt->free, page);
    shim_ranges_remove(&attempt->heap, page);
    steering->plugs[steering->plug_count++] = page;
    steering->cost += page.size;
    return true;
}

/* Makes the rival unusable: a module that must go somewhere anyway, or a page. */
static bool occupy(struct attempt *attempt, struct shim_range rival)
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
    return plug(attempt, rival);
}

static struct shim_forecast forecast(struct attempt *attempt)
{
    struct shim_arena scratch = attempt->arena;
    struct shim_ranges heap;

    if (!shim_ranges_copy(&heap, &attempt->heap, &scratch, SHIM_FORECAST_SPARE)) {
        run_out(attempt);
        return (struct shim_forecast){ .kind = SHIM_FORECAST_STUCK, .why = "" };
    }
    return shim_xen_forecast(attempt->plan->domain ? SHIM_FORECAST_DOMAIN : SHIM_FORECAST_DOM0,
                             &heap, &attempt->plan->board->ram, shim_plan_machine_block(attempt->plan),
                             shim_xen_low_bits(attempt->plan->tree));
}

/* Places and plugs until Xen has no other choice than the block. */
static bool steer(struct attempt *attempt)
{
    while (true) {
        struct shim_forecast next = forecast(attempt);
        struct shim_module *module;

        if (next.kind == SHIM_FORECAST_STUCK) {
            attempt->why = next.why;
            return false;
        }
        if (next.kind == SHIM_FORECAST_RIVAL) {
            if (!occupy(attempt, next.rival))
                return false;
            continue;
        }
        module = first_unplaced(attempt->plan);
        if (!module)
            return true;
        if (!place_anywhere(attempt, module))
            return false;
    }
}

static bool try_placement(struct attempt *attempt, struct shim_plan *plan, bool keep)
{
    if (!start(attempt, plan))
        return false;
    if (keep)
        keep_in_place(attempt);
    return steer(attempt);
}

/* ---- xen,static-heap --------------------------------------------------------------- */

/* The top of the highest free RAM: Xen's boot allocator starts there. */
static bool scratch_at_top(const struct attempt *attempt, uint64_t size, struct shim_range *scratch)
{
    for (uint32_t i = attempt->free.count; i-- > 0;) {
        struct shim_range range = attempt->free.at[i];

        if (range.size < size)
            continue;
        *scratch = (struct shim_range){
            shim_align_down(shim_range_end(range) - size, MODULE_ALIGNMENT), size };
        if (scratch->base >= range.base)
            return true;
    }
    return false;
}

/* Of the `total` bytes that Xen could have had. */
static bool restrict_to(struct attempt *attempt, struct shim_range scratch, uint64_t total)
{
    struct shim_range block = shim_plan_machine_block(attempt->plan);

    attempt->plan->xen->steering.cost = total - block.size - scratch.size;
    attempt->static_heap = true;
    attempt->heap.count = 0;
    return shim_ranges_add(&attempt->heap, block) && shim_ranges_add(&attempt->heap, scratch) &&
           shim_ranges_remove(&attempt->free, scratch);
}

/* What is left of block and scratch between the gaps becomes the static heap. */
static bool take_heap(struct attempt *attempt)
{
    struct shim_steering *steering = &attempt->plan->xen->steering;

    if (attempt->heap.count > SHIM_HEAP_MAX)
        return false;
    for (uint32_t i = 0; i < attempt->heap.count; i++)
        steering->heap[i] = attempt->heap.at[i];
    steering->heap_count = attempt->heap.count;
    steering->plug_count = 0;
    return true;
}

/* May Xen find a second piece of the domain's size in the scratch region, below `top` bytes? */
static bool holds_rival(const struct shim_plan *plan, struct shim_range scratch, uint64_t top)
{
    uint64_t piece = shim_align_up(scratch.base, plan->dom0.size) + plan->dom0.size;

    return piece <= shim_range_end(scratch) - (top < scratch.size ? top : scratch.size);
}

/* `top` bytes at the end of the scratch region are relied on to be Xen's own. */
static bool try_static_heap(struct attempt *attempt, struct shim_plan *plan, uint64_t size,
                            uint64_t top, bool keep)
{
    struct shim_range scratch;
    uint64_t total;

    if (!start(attempt, plan))
        return false;
    total = shim_ranges_total(&attempt->heap);
    if (keep)
        keep_in_place(attempt);
    if (!scratch_at_top(attempt, size, &scratch)) {
        attempt->why = "no free RAM is left for Xen's own memory";
        return false;
    }
    if (plan->domain && holds_rival(plan, scratch, top)) {
        attempt->why = "Xen's own memory, with its frame table, would be as large as the domain's";
        return false;
    }
    return restrict_to(attempt, scratch, total) && steer(attempt) && take_heap(attempt);
}

static bool try_heaps(struct attempt *attempt, struct shim_plan *plan, uint64_t top)
{
    uint64_t table = shim_xen_frame_table(&plan->board->ram);
    bool found = false;

    for (uint64_t size = SCRATCH_MOST; size >= SCRATCH_LEAST && !found; size /= 2)
        found = try_static_heap(attempt, plan, table + size, top, true) ||
                (!plan->domain && try_static_heap(attempt, plan, table + size, top, false));
    return found;
}

/* The larger the scratch region the less RAM Xen loses. Keeps why placement failed. */
static bool restrict_heap(struct attempt *attempt, struct shim_plan *plan)
{
    const char *why = attempt->why;
    bool found = try_heaps(attempt, plan, 0);

    attempt->why = why;
    return found;
}

/*
 * A domain's scratch region must hold no second piece of the domain's size. Where
 * much RAM makes it so large that it would, the frame table at its top is counted:
 * half of what 4.17 needs, since another Xen may need less.
 */
static bool restrict_heap_for_domain(struct attempt *attempt, struct shim_plan *plan)
{
    uint64_t table = shim_ranges_total(&plan->board->ram) / PAGE * LEAST_PAGE_INFO;

    return try_heaps(attempt, plan, 0) || try_heaps(attempt, plan, table);
}

/* ---- the decision ------------------------------------------------------------------- */

static bool stays(const struct shim_module *module)
{
    return module->present && module->from.base == module->to;
}

static const char *reason_of(const struct shim_plan *plan, const struct shim_module *module)
{
    if (stays(module))
        return "it is in nobody's way there";
    if (module->rival.size)
        return shim_say(plan->arena, "it breaks up 0x%llx-0x%llx, which Xen would rather take",
                        SHIM_X(module->rival.base), SHIM_X(shim_range_end(module->rival) - 1));
    if (module->present && meets_blocks(plan, module->from))
        return "it lay in dom0's block";
    return "the next free place";
}

static void note_modules(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        shim_note(plan, SHIM_DECISION, pass, module->node,
                  shim_say(plan->arena, "%s %s 0x%llx", shim_module_word(module->kind),
                           stays(module) ? "stays at" : "goes to",
                           SHIM_X(module->to)), reason_of(plan, module));
    }
}

static uint64_t scratch_of(const struct shim_steering *steering)
{
    uint64_t size = 0;

    for (uint32_t i = 1; i < steering->heap_count; i++)
        size += steering->heap[i].size;
    return size;
}

static void note_steering(struct shim_plan *plan)
{
    const struct shim_steering *steering = &plan->xen->steering;

    for (uint32_t i = 0; i < steering->plug_count; i++)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "reserve the page at 0x%llx",
                           SHIM_X(steering->plugs[i].base)),
                  "Xen would otherwise take the free block around it for dom0");
    if (steering->heap_count)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "xen,static-heap: %u ranges, dom0's block and %s",
                           steering->heap_count, SHIM_SIZE(scratch_of(steering))),
                  plan->domain ? "Xen does not say which memory a domain got: no other piece of "
                                 "its size must be left"
                               : "no arrangement of modules and pages leaves Xen only dom0's "
                                 "block");
    shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
              shim_say(plan->arena, "this costs Xen %s of RAM", SHIM_SIZE(steering->cost)),
              steering->heap_count ? "what is not in its static heap it cannot give to domains"
              : steering->plug_count ? "the reserved pages" : "placement alone is enough");
}

static enum shim_code no_way(const struct attempt *attempt, struct shim_error *error)
{
    if (attempt->plan->arena->full)
        return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                         "no room to try placements");
    if (attempt->plan->domain)
        return shim_fail(error, SHIM_E_PLACEMENT, "policy", "machine-base",
                         "name another machine-base or dom0-mem, or static-mem in xen-features for "
                         "a Xen that has it",
                         "stock Xen cannot be made to put the domain at 0x%llx: %s",
                         SHIM_X(attempt->plan->machine_base), attempt->why);
    return shim_fail(error, SHIM_E_PLACEMENT, "policy", "dom0-mem",
                     "choose a dom0-mem that is a power of two or a multiple of 128M and leaves "
                     "Xen at least 128M, or a dom0-base aligned to it",
                     "stock Xen cannot be made to put dom0 at 0x%llx: %s",
                     SHIM_X(attempt->plan->machine_base), attempt->why ? attempt->why : "");
}

/* Everything goes where it is not in the way: Xen keeps static memory to itself. */
static bool place_all(struct attempt *attempt, struct shim_plan *plan)
{
    struct shim_module *module;
    bool placed = start(attempt, plan);

    if (placed)
        keep_in_place(attempt);
    for (module = first_unplaced(plan); placed && module; module = first_unplaced(plan))
        placed = place_anywhere(attempt, module);
    return placed;
}

enum shim_code shim_xen_place_domain(struct shim_plan *plan, struct shim_error *error)
{
    bool is_static = shim_policy_feature(plan->policy, "static-mem");
    struct attempt attempt = { .plan = plan };

    if (!(is_static ? place_all(&attempt, plan) : restrict_heap_for_domain(&attempt, plan)))
        return no_way(&attempt, error);
    note_modules(plan);
    if (!is_static)
        note_steering(plan);
    return SHIM_OK;
}

bool shim_xen_can_place(struct shim_plan *plan, bool by_heap)
{
    struct attempt attempt = { .plan = plan };

    if (by_heap)
        return restrict_heap(&attempt, plan);
    return try_placement(&attempt, plan, true) || try_placement(&attempt, plan, false);
}

/* Copying nothing is worth some pages; copying something anyway, it is done with the fewest. */
enum shim_code shim_xen_place(struct shim_plan *plan, struct shim_error *error)
{
    struct attempt attempt;
    bool kept = try_placement(&attempt, plan, true);
    uint32_t plugs = plan->xen->steering.plug_count;
    bool moved = false;

    if (!kept || (plugs && !shim_payload_stays(plan)))
        moved = try_placement(&attempt, plan, false) &&
                (!kept || plan->xen->steering.plug_count < plugs);
    if (kept && plugs && !moved)
        kept = try_placement(&attempt, plan, true);
    if (!kept && !moved && !restrict_heap(&attempt, plan))
        return no_way(&attempt, error);
    note_modules(plan);
    note_steering(plan);
    return SHIM_OK;
}
