// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/gather.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/domain/named.h"
#include "shim/xen/domain/needs.h"

static const enum shim_pass_id pass = SHIM_PASS_PASSTHROUGH;
static const char all_dma[] = "all-dma";

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "for the devices of the domain");
}

/* Why a device cannot come as a whole, and which node of it is the reason. */
static const char *not_whole(const struct shim_gathering *gathering, uint32_t top, uint32_t *where)
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
            why = "its interrupts go through a controller that forwards them to the GIC, and Xen "
                  "passes only the GIC's own";
        if (why)
            break;
    }
    return why;
}

/* ---- who is asked for ------------------------------------------------------------------ */

static enum shim_code come(struct shim_gathering *gathering, uint32_t node, const char *why,
                           struct shim_error *error)
{
    uint32_t first = gathering->queued;

    if (shim_comes(gathering->plan, node))
        return SHIM_OK;
    shim_note_comer(gathering->plan, node, why, NULL, why);
    shim_mark_whole(gathering, node);
    return shim_bring_needed(gathering, first, error);
}

static enum shim_code come_named(struct shim_gathering *gathering, uint32_t node,
                                 struct shim_error *error)
{
    uint32_t where = node;
    const char *why = shim_comes(gathering->plan, node) ? NULL : not_whole(gathering, node, &where);

    if (why)
        return shim_no_comer(gathering->plan, where, why, error);
    return come(gathering, node, "the policy names it", error);
}

/* Not inlined: its note need not be on the stack below what try_master() calls. */
__attribute__((noinline))
static void note_outsider(struct shim_plan *plan, uint32_t node, const char *why)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_FINDING, .pass = pass, .node = node, .device = true,
        .what = "stays out of the domain", .reason = why,
        .alike = { .kind = SHIM_ALIKE_NOT_GIVEN,
                   .reason = "something that it needs cannot go there" } });
}

static void try_master(struct shim_gathering *gathering, uint32_t node)
{
    struct shim_plan *plan = gathering->plan;
    struct shim_note *last = plan->notes.last[pass];
    uint32_t first = gathering->queued, where;
    const char *why = not_whole(gathering, node, &where);
    struct shim_error error;

    if (!why && come(gathering, node, "it may master DMA, and the policy has all-dma", &error)) {
        why = shim_say(plan->arena, "%s", error.what);
        shim_take_back(gathering, first, last);
    }
    if (why)
        note_outsider(plan, node, why);
}

/* A bus is not a master itself: its devices are. */
static bool is_bus(const struct shim_tree *tree, uint32_t node)
{
    static const char buses[] = "simple-bus\0simple-mfd\0simple-pm-bus\0";

    return tree->nodes[node].past != node + 1 && shim_compatible_one(tree, node, buses);
}

static void come_masters(struct shim_gathering *gathering)
{
    const struct shim_plan *plan = gathering->plan;

    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        uint32_t node = plan->board->masters[i].node;

        if (shim_has_known(plan->tree, node, SHIM_REG) && !is_bus(plan->tree, node) &&
            shim_on_bus(plan->tree, node))
            try_master(gathering, node);
    }
}

static enum shim_code come_compatible(struct shim_gathering *gathering,
                                      const struct shim_bearer *bearer, const char *word,
                                      struct shim_error *error)
{
    bool found = false;
    enum shim_code code = SHIM_OK;

    for (; !code && bearer; bearer = bearer->next)
        if (shim_reachable(gathering->plan->tree, bearer->node)) {
            code = come_named(gathering, bearer->node, error);
            found = true;
        }
    if (code || found)
        return code;
    return shim_fail(error, SHIM_E_POLICY, "policy", "passthrough",
                     "name devices by path, alias or compatible, or use all-dma",
                     "the tree has no available device '%s'", word);
}

/* What all-dma adds does not get in the way: those that are named come first. */
static enum shim_code come_all(struct shim_gathering *gathering, struct shim_error *error)
{
    struct shim_plan *plan = gathering->plan;
    struct shim_span list = plan->policy->list[SHIM_POLICY_PASSTHROUGH];
    struct shim_named named;
    enum shim_code code = SHIM_OK;
    bool all = false;

    if (!shim_named(&named, plan->tree, list, plan->arena))
        return no_memory(error);
    for (const char *word = shim_list_next(list, NULL); !code && word;
         word = shim_list_next(list, word)) {
        uint32_t node = shim_path_node(&named.paths, word, strlen(word));

        if (!strcmp(word, all_dma))
            all = true;
        else if (node != SHIM_NONE)
            code = come_named(gathering, node, error);
        else
            code = come_compatible(gathering, shim_bearers(&named, word), word, error);
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
        if (shim_comes_as_top(plan, node))
            plan->given->comes[node] |= SHIM_COMES_TOP;
        if (shim_comes(plan, node) && !add_pages(plan, node))
            code = no_memory(error);
    }
    shim_ranges_settle(&plan->given->passed);
    return code;
}

static bool start(struct shim_gathering *gathering, struct shim_plan *plan)
{
    uint32_t nodes = plan->tree->node_count;

    *gathering = (struct shim_gathering){ .plan = plan };
    gathering->queue = shim_alloc(plan->arena, nodes, sizeof(*gathering->queue));
    plan->given->comes = shim_alloc(plan->arena, nodes, 1);
    if (!gathering->queue || !plan->given->comes)
        return false;
    memset(plan->given->comes, 0, nodes);
    return shim_passing_init(&gathering->passing, plan);
}

enum shim_code shim_gather_devices(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_gathering gathering;
    enum shim_code code;

    if (!start(&gathering, plan))
        return no_memory(error);
    code = come_all(&gathering, error);
    if (!code)
        shim_bring_loose(&gathering);
    return code ? code : settle(plan, error);
}
