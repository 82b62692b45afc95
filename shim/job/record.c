// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * /chosen/dtshim of a plan: the policy, and the record of what was done. On stock Xen it
 * survives into dom0.
 */
#include "shim/job/record.h"

#include "shim/base/mem.h"
#include "shim/native/plan.h"
#include "shim/plan/record.h"
#include "shim/plan/unplanned.h"
#include "shim/xen/args.h"
#include "shim/xen/domain/domain.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/plan.h"

static void put_field(const struct shim_plan *plan, struct shim_edits *edits,
                      struct shim_cursor to, enum shim_policy_field field)
{
    const struct shim_policy *policy = plan->policy;
    const struct shim_policy_entry *entry = &shim_policy_table[field];

    switch (entry->kind) {
    case SHIM_KIND_CHOICE:
        shim_put_string(edits, to, entry->name, shim_policy_word(policy, field));
        break;
    case SHIM_KIND_BYTES:
        shim_put_u64(edits, to, entry->name, policy->value[field]);
        break;
    case SHIM_KIND_COUNT:
        shim_put_u32(edits, to, entry->name, (uint32_t)policy->value[field]);
        break;
    case SHIM_KIND_RELEASE:
        shim_put_string(edits, to, entry->name,
                        shim_say(plan->arena, "%s", SHIM_RELEASE(policy->value[field])));
        break;
    case SHIM_KIND_STRINGS:
    case SHIM_KIND_RANGES:
        shim_put(edits, to, entry->name, policy->list[field].at, policy->list[field].len);
        break;
    }
}

/* Only what was given: a default may be another one in the next version. */
static void put_policy(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor to)
{
    shim_put_string(edits, to, "compatible", SHIM_POLICY_COMPATIBLE);
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        if (shim_policy_has(plan->policy, field))
            put_field(plan, edits, to, field);
}

/* ---- lists of strings ------------------------------------------------------------ */

/* Written where it stays: the arena's next bytes are nobody's yet. False: there are none. */
static bool start_list(const struct shim_plan *plan, struct shim_text *list)
{
    size_t left = shim_arena_left(plan->arena);

    if (left)
        *list = shim_text((char *)plan->arena->next, left);
    else
        plan->arena->full = true;
    return left != 0;
}

/* The next string starts behind the NUL of this one. */
static void end_string(struct shim_text *list)
{
    if (list->at < list->limit)
        *++list->at = '\0';
    else
        list->cut = true;
}

static struct shim_span end_list(const struct shim_plan *plan, const struct shim_text *list)
{
    size_t len = (size_t)(list->at - (const char *)plan->arena->next);
    struct shim_span none = { 0 };

    if (list->cut)
        plan->arena->full = true;
    return list->cut || !len ? none : (struct shim_span){ shim_alloc(plan->arena, len, 1), len };
}

static bool recorded(const struct shim_note *note)
{
    return note->kind != SHIM_FINDING && !note->device;
}

/* "pass: what: reason", one string for each decision and warning. */
static struct shim_span decisions(const struct shim_plan *plan)
{
    struct shim_text list;

    if (!start_list(plan, &list))
        return (struct shim_span){ 0 };
    for (const struct shim_note *note = shim_first_note(plan); note;
         note = shim_next_note(plan, note))
        if (recorded(note)) {
            shim_textf(&list, "%s: %s: %s", shim_pass_name(plan, note->pass), note->what,
                       note->reason);
            end_string(&list);
        }
    return end_list(plan, &list);
}

/* Of a device that buses limit or keep coherent. */
static void put_reach(struct shim_text *list, const struct shim_plan *plan,
                      const struct shim_master *master)
{
    const struct shim_window *window = &plan->board->windows[master->window];

    if (window->count)
        shim_textf(list, ": reaches %s: bus 0x%llx is 0x%llx, 0x%llx bytes%s%s",
                   shim_plan_reach(plan, master), SHIM_X(window->at[0].bus),
                   SHIM_X(window->at[0].cpu), SHIM_X(window->at[0].size),
                   window->count > 1 ? ", and more" : "", master->coherent ? ", coherent" : "");
    else
        shim_text_string(list, ": coherent");
}

/* "/soc/mmc@0: ..., coherent"; what is behind the path is mostly the same as in the last one. */
struct shim_span shim_recorded_dma(const struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;
    const struct shim_master *last = NULL;
    const char *reach = NULL;
    struct shim_text list;

    if (!start_list(plan, &list))
        return (struct shim_span){ 0 };
    for (uint32_t i = 0; i < board->master_count; i++) {
        const struct shim_master *master = &board->masters[i];
        const char *again = last && shim_fare_alike(board, last, master) ? reach : NULL;

        if (!board->windows[master->window].count && !master->coherent)
            continue;
        shim_text_string(&list, SHIM_PATH(plan->tree, master->node));
        reach = list.at;
        if (again)
            shim_text_string(&list, again);
        else
            put_reach(&list, plan, master);
        end_string(&list);
        last = master;
    }
    return end_list(plan, &list);
}

/* The paths of the nodes that `belongs` picks. */
static struct shim_span paths(const struct shim_plan *plan,
                              bool (*belongs)(const struct shim_plan *plan, uint32_t node))
{
    struct shim_text list;

    if (!start_list(plan, &list))
        return (struct shim_span){ 0 };
    for (uint32_t node = 0; node < plan->tree->node_count; node++)
        if (belongs(plan, node)) {
            shim_text_string(&list, SHIM_PATH(plan->tree, node));
            end_string(&list);
        }
    return end_list(plan, &list);
}

/* On the bus of a domain's own tree. */
static bool is_given(const struct shim_plan *plan, uint32_t node)
{
    return plan->given->comes && plan->given->comes[node] & SHIM_COMES_TOP;
}

/* A master that no dma-ranges can tell the offset. */
static bool is_lost(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_master *master =
        plan->board->dma[node] == SHIM_DMA_NONE ? NULL : shim_master_at(plan->board, node);

    return master && shim_plan_carrying(plan, master) == SHIM_CARRY_LOST;
}

/*
 * Native's tree holds for any hypervisor that reads it. Two in one string: dtc 1.6 cannot read
 * back what it writes of a list whose second string starts with a digit.
 */
static const char *releases(const struct shim_plan *plan)
{
    const struct shim_releases *of = &plan->xen->releases;

    if (!shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        return NULL;
    if (of->first != of->last)
        return shim_say(plan->arena, "%s %s", of->first->name, of->last->name);
    return shim_say(plan->arena, "%s", SHIM_RELEASE(of->told));
}

/* ---- numbers --------------------------------------------------------------------- */

/* Under native it has no node of its own: the others say guest addresses. */
static struct shim_range hypervisor(const struct shim_plan *plan)
{
    const struct shim_module *module = shim_module_of(plan, SHIM_MODULE_XEN);

    if (!module || !shim_policy_for(plan->policy, SHIM_CONTRACT_NATIVE))
        return (struct shim_range){ 0, 0 };
    return (struct shim_range){ module->to, module->room };
}

static struct shim_span pairs(const struct shim_plan *plan, const struct shim_range *ranges,
                              uint32_t count)
{
    uint8_t *list = shim_alloc(plan->arena, count, 2 * sizeof(uint64_t));

    for (size_t i = 0; list && i < count; i++) {
        shim_put_be64(list + 16 * i, ranges[i].base);
        shim_put_be64(list + 16 * i + 8, ranges[i].size);
    }
    return (struct shim_span){ list, 16 * (size_t)count };
}

/* Contract xen: those that have a node in /chosen, or get one. */
static struct shim_span modules(const struct shim_plan *plan)
{
    struct shim_range *at = shim_alloc(plan->arena, plan->module_count + 1, sizeof(*at));
    uint32_t count = 0;
    bool known = shim_policy_for(plan->policy, SHIM_CONTRACT_XEN) && !plan->payload_assumed;

    for (uint32_t i = 0; at && known && i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];
        bool domains = (plan->domain && shim_xen_goes_into_domain(module)) ||
                       (module->node != SHIM_NONE &&
                        shim_compatible(plan->tree, plan->tree->nodes[module->node].parent,
                                        "xen,domain"));

        if (module->kind != SHIM_MODULE_TREE && module->kind != SHIM_MODULE_DOMAIN_TREE && !domains)
            at[count++] = (struct shim_range){ module->to, module->from.size };
    }
    return pairs(plan, at, count);
}

/* Contract xen: what is promised holds with these. */
static struct shim_span places(const struct shim_plan *plan)
{
    struct shim_range at[SHIM_PLACES] = { { 0, 0 } };

    if (!shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        return (struct shim_span){ 0 };
    for (uint32_t i = 0; i < SHIM_PLACES; i++) {
        const struct shim_module *module = shim_module_of(plan, shim_placed_kinds[i]);

        if (module)
            at[i] = (struct shim_range){ module->to, module->room };
    }
    return pairs(plan, at, SHIM_PLACES);
}

/* As the output has it: what a plan does not write stays. */
static struct shim_span xen_line(const struct shim_plan *plan)
{
    const char *line = shim_policy_for(plan->policy, SHIM_CONTRACT_XEN) ? shim_xen_bootargs(plan)
                                                                        : NULL;
    uint32_t chosen = shim_child(plan->tree, SHIM_ROOT, "chosen");
    struct shim_span none = { 0 };

    if (line && (*line || !plan->domain))
        return (struct shim_span){ (const uint8_t *)line, strlen(line) + 1 };
    return chosen == SHIM_NONE ? none : shim_prop(plan->tree, chosen, SHIM_XEN_BOOTARGS);
}

/* Triples of u64: machine address, guest address, size, of what moved; in tree order. */
static struct shim_span moved_regions(const struct shim_plan *plan)
{
    size_t count = 0, at;
    uint8_t *list;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; i < moved->count; i++)
            count += moved->from[i].base != moved->to[i].base;
    list = count ? shim_alloc(plan->arena, count, 3 * sizeof(uint64_t)) : NULL;
    at = 24 * count;
    for (const struct shim_moved *moved = plan->native->moved; list && moved; moved = moved->next)
        for (uint32_t i = moved->count; i--;) {
            if (moved->from[i].base == moved->to[i].base)
                continue;
            at -= 24;
            shim_put_be64(list + at, moved->from[i].base);
            shim_put_be64(list + at + 8, moved->to[i].base);
            shim_put_be64(list + at + 16, moved->from[i].size);
        }
    return (struct shim_span){ list, 24 * count };
}

/* ---- /chosen/dtshim ---------------------------------------------------------------- */

/* What does not fit the arena is left out; the job notices at the end. */
static void fill(struct shim_record *record, const struct shim_plan *plan)
{
    const struct shim_steering *steering = &plan->xen->steering;
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count = shim_plan_blocks(plan, blocks);

    record->version = SHIM_VERSION;
    record->releases = releases(plan);
    record->layout = plan->layout == SHIM_LAYOUT_DIRECT ? "direct" : "offset";
    record->dom0 = plan->dom0;
    record->blocks = pairs(plan, blocks, count);
    record->banks = plan->banked ? record->blocks : pairs(plan, &plan->dom0, 1);
    record->ram = pairs(plan, plan->board->ram.at, plan->board->ram.count);
    record->offset = shim_plan_offset(plan);
    record->coverage = shim_coverage_word(shim_coverage(plan->board));
    record->hypervisor = hypervisor(plan);
    record->modules = modules(plan);
    record->places = places(plan);
    record->pages = pairs(plan, steering->plugs, steering->plug_count);
    record->heap = pairs(plan, steering->heap, steering->heap_count);
    record->line = xen_line(plan);
    record->masters = shim_marks(plan);
    record->moved = moved_regions(plan);
    record->dma = shim_recorded_dma(plan);
    record->devices = paths(plan, is_given);
    record->lost = paths(plan, is_lost);
    record->decisions = decisions(plan);
}

void shim_write_record(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen)
{
    struct shim_cursor policy = shim_open(edits, chosen, "dtshim");
    struct shim_record record;

    fill(&record, plan);
    put_policy(plan, edits, policy);
    shim_record_write(&record, edits, policy);
    shim_close(edits, policy);
}
