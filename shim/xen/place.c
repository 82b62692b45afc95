// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/place.h"

#include "shim/plan/block.h"
#include "shim/xen/attempt.h"
#include "shim/xen/banks.h"
#include "shim/xen/payload.h"
#include "shim/xen/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_PLACEMENT;

static bool stays(const struct shim_module *module)
{
    return module->present && module->from.base == module->to;
}

static const char *reason_of(const struct shim_plan *plan, const struct shim_module *module)
{
    if (stays(module))
        return "it is not in the way there";
    if (module->rival.size)
        return shim_say(plan->arena, "it breaks up 0x%llx-0x%llx, which Xen would prefer",
                        SHIM_X(module->rival.base), SHIM_X(shim_range_end(module->rival) - 1));
    if (module->present && shim_meets_blocks(plan, module->from))
        return "it was in dom0's block";
    return "the next free place";
}

static void note_modules(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        shim_note_detail(plan, SHIM_DECISION, pass, module->node,
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

/* More than a plan may take of its own accord. */
static bool costs_much(const struct shim_plan *plan)
{
    uint64_t most = shim_ranges_total(&plan->board->ram) / 100;

    return plan->xen->steering.cost > (most > SHIM_XEN_LOSS ? most : SHIM_XEN_LOSS);
}

/* A heap that came with the tree is not what the plan was made with. */
static void note_other_heap(struct shim_plan *plan)
{
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");

    if (chosen != SHIM_NONE && shim_has_known(plan->tree, chosen, SHIM_STATIC_HEAP))
        shim_note(plan, SHIM_DECISION, pass, chosen,
                  plan->xen->steering.heap_count ? "is given another xen,static-heap"
                                                 : "loses its xen,static-heap",
                  "with the one in the tree, Xen would put dom0 elsewhere");
}

static const char *reason_of_cost(const struct shim_plan *plan)
{
    const struct shim_steering *steering = &plan->xen->steering;

    if (!steering->heap_count)
        return steering->plug_count ? "the reserved pages" : "placement alone is enough";
    return !plan->domain && costs_much(plan)
               ? "nothing else is possible, and Xen cannot give domains memory outside its static heap"
               : "Xen cannot give domains memory outside its static heap";
}

static void note_steering(struct shim_plan *plan)
{
    const struct shim_steering *steering = &plan->xen->steering;

    note_other_heap(plan);
    for (uint32_t i = 0; i < steering->plug_count; i++)
        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_DECISION, .pass = pass, .node = SHIM_NONE, .detail = true,
            .what = shim_say(plan->arena, "reserve the page at 0x%llx",
                             SHIM_X(steering->plugs[i].base)),
            .reason = "otherwise Xen would take the free block around it for dom0",
            .alike = { .kind = SHIM_ALIKE_RESERVED_PAGE, .what = "is reserved" } });
    if (steering->heap_count)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "xen,static-heap: %u ranges, dom0's block and %s",
                           steering->heap_count, SHIM_SIZE(scratch_of(steering))),
                  plan->domain ? "Xen does not report which memory a domain has: no other piece of "
                                 "its size may be left"
                               : "no placement of modules and pages leaves Xen only dom0's block");
    shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE,
                     shim_say(plan->arena, "this costs Xen %s of RAM", SHIM_SIZE(steering->cost)),
                     reason_of_cost(plan));
}

/* None where nobody named the place: then what brings it is found by trying. */
static const char *remedy_of(const struct shim_plan *plan)
{
    if (!shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE) &&
        !shim_policy_has(plan->policy, SHIM_POLICY_MACHINE_BASE))
        return NULL;
    return plan->machine_base % SHIM_DOM0_PIECE_MIN
               ? "choose a dom0-base that is a multiple of 4 MiB"
               : "choose a dom0-mem that is a power of two or a multiple of 128M and leaves Xen at "
                 "least 128M, or a dom0-base aligned to it";
}

/* allocate_memory_11(): no piece is smaller, and each is aligned to its size. */
static const char *why_not(const struct shim_attempt *attempt)
{
    if (attempt->plan->machine_base % SHIM_DOM0_PIECE_MIN)
        return "Xen makes dom0's memory of pieces of at least 4 MiB, aligned to their size, and "
               "none can start there";
    return attempt->why ? attempt->why : "";
}

static enum shim_code no_way(const struct shim_attempt *attempt, struct shim_error *error)
{
    struct shim_asker asker = shim_asker_of_place(attempt->plan);

    if (attempt->plan->arena->full)
        return shim_no_room(error, "to try placements");
    if (attempt->plan->domain)
        return shim_fail(error, SHIM_E_PLACEMENT, "policy", "machine-base",
                         "set another machine-base or dom0-mem, or name static-mem in xen-features "
                         "if Xen has it",
                         "stock Xen cannot be made to put the domain at 0x%llx: %s",
                         SHIM_X(attempt->plan->machine_base), attempt->why);
    return shim_fail(error, SHIM_E_PLACEMENT, asker.path, asker.property, remedy_of(attempt->plan),
                     "stock Xen cannot be made to put dom0 at 0x%llx: %s",
                     SHIM_X(attempt->plan->machine_base), why_not(attempt));
}

/* Everything goes where it is not in the way: Xen keeps static memory to itself. */
static bool place_all(struct shim_attempt *attempt, struct shim_plan *plan)
{
    struct shim_module *module;
    bool placed = shim_attempt_start(attempt, plan);

    if (placed)
        shim_attempt_keep(attempt);
    for (module = shim_first_unplaced(plan); placed && module; module = shim_first_unplaced(plan))
        placed = shim_attempt_place(attempt, module);
    return placed;
}

enum shim_code shim_xen_place_domain(struct shim_plan *plan, struct shim_error *error)
{
    bool is_static = shim_policy_feature(plan->policy, "static-mem");
    struct shim_attempt attempt = { .plan = plan };

    if (!(is_static ? place_all(&attempt, plan) : shim_attempt_heap_for_domain(&attempt, plan)))
        return no_way(&attempt, error);
    note_modules(plan);
    if (!is_static)
        note_steering(plan);
    return SHIM_OK;
}

static bool any_present(const struct shim_plan *plan)
{
    bool present = false;

    for (uint32_t i = 0; i < plan->module_count; i++)
        present = present || plan->modules[i].present;
    return present;
}

/* With a fence where it does not go without; to keep modules there have to be some. */
static bool place_in_some_way(struct shim_attempt *attempt, struct shim_plan *plan)
{
    bool present = any_present(plan);

    return (present && shim_attempt_all(attempt, plan, SHIM_KEEP)) ||
           shim_attempt_all(attempt, plan, 0) ||
           (present && shim_attempt_all(attempt, plan, SHIM_KEEP | SHIM_FENCE)) ||
           shim_attempt_all(attempt, plan, SHIM_FENCE);
}

bool shim_xen_can_place(struct shim_plan *plan, bool by_heap)
{
    struct shim_attempt attempt = { .plan = plan };

    return by_heap ? shim_attempt_heap(&attempt, plan) : place_in_some_way(&attempt, plan);
}

/* A static heap that takes much from Xen is for where nothing else is possible. */
static bool place_by_heap(struct shim_attempt *attempt, struct shim_plan *plan)
{
    if (!shim_attempt_heap(attempt, plan))
        return false;
    if (!costs_much(plan) || (plan->nearest && plan->nearest->by_heap) ||
        shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE) ||
        shim_policy_has(plan->policy, SHIM_POLICY_MACHINE_BASE))
        return true;
    if (!attempt->why)
        attempt->why = "it would need a static heap, which takes the rest of RAM from Xen";
    return false;
}

struct way {
    bool found;
    unsigned ways;
    uint32_t pages; /* that are kept from Xen */
};

/* Without a fence or with one, whichever takes fewer pages; the better one is then in place. */
static struct way fewest(struct shim_attempt *attempt, struct shim_plan *plan, unsigned keep)
{
    const uint32_t *pages = &plan->xen->steering.plug_count;
    struct way without = { .ways = keep }, with = { .ways = keep | SHIM_FENCE };

    without.found = shim_attempt_all(attempt, plan, without.ways);
    without.pages = *pages;
    if (without.found && !without.pages)
        return without;
    with.found = shim_attempt_all(attempt, plan, with.ways);
    with.pages = *pages;
    if (with.found && (!without.found || with.pages < without.pages))
        return with;
    without.found = without.found && shim_attempt_all(attempt, plan, without.ways);
    return without;
}

/* Copying nothing is worth some pages; copying something anyway, it is done with the fewest. */
static bool place_block(struct shim_attempt *attempt, struct shim_plan *plan)
{
    struct way keep = fewest(attempt, plan, SHIM_KEEP), move;

    if (keep.found && (!keep.pages || shim_payload_stays(plan)))
        return true;
    move = fewest(attempt, plan, 0);
    if (move.found && !(keep.found && keep.pages <= move.pages))
        return true;
    return (keep.found && shim_attempt_all(attempt, plan, keep.ways)) ||
           place_by_heap(attempt, plan);
}

enum shim_code shim_xen_place(struct shim_plan *plan, struct shim_error *error)
{
    bool banked = plan->nearest && plan->nearest->bank_count;
    struct shim_attempt attempt = { .plan = plan };

    if (!(banked ? shim_xen_place_banks(plan, &attempt.why) : place_block(&attempt, plan)))
        return no_way(&attempt, error);
    note_modules(plan);
    note_steering(plan);
    return SHIM_OK;
}
