// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The record that a tree carries of what was done to it. On stock Xen
 * /chosen/dtshim survives into dom0.
 */
#include "shim/base/mem.h"
#include "shim/native/plan.h"
#include "shim/plan/write.h"
#include "shim/xen/domain/given.h"

static void put_field(const struct shim_policy *policy, struct shim_edits *edits,
                      struct shim_cursor to, enum shim_policy_field field)
{
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
            put_field(plan->policy, edits, to, field);
}

static bool recorded(const struct shim_note *note)
{
    return note->kind != SHIM_FINDING && !note->device;
}

/* "pass: what: reason", one string for each decision and warning. */
static const char *put_sentence(struct shim_text *text, const struct shim_plan *plan,
                                const struct shim_note *note)
{
    shim_textf(text, "%s: %s: %s", shim_pass_name(plan, note->pass), note->what, note->reason);
    return text->at;
}

static size_t sentence_len(const struct shim_plan *plan, const struct shim_note *note)
{
    return strlen(shim_pass_name(plan, note->pass)) + 2 + strlen(note->what) + 2 +
           strlen(note->reason) + 1;
}

static void put_decisions(const struct shim_plan *plan, struct shim_edits *edits,
                          struct shim_cursor to)
{
    size_t len = 0;
    const char *list;
    char *at;

    for (const struct shim_note *note = shim_first_note(plan); note;
         note = shim_next_note(plan, note))
        len += recorded(note) ? sentence_len(plan, note) : 0;
    list = at = shim_alloc(plan->arena, len, 1);
    if (!list)
        return;
    for (const struct shim_note *note = shim_first_note(plan); note;
         note = shim_next_note(plan, note)) {
        struct shim_text text;

        if (!recorded(note))
            continue;
        text = shim_text(at, sentence_len(plan, note));
        put_sentence(&text, plan, note);
        at = text.at + 1;
    }
    shim_put(edits, to, "decisions", list, len);
}

/* Under native it has no node of its own: the others say guest addresses. */
static void put_hypervisor(const struct shim_plan *plan, struct shim_edits *edits,
                           struct shim_cursor to)
{
    const struct shim_module *hypervisor = shim_module_of(plan, SHIM_MODULE_XEN);

    if (hypervisor && shim_policy_for(plan->policy, SHIM_CONTRACT_NATIVE))
        shim_put_ranges(edits, to, "hypervisor",
                        &(struct shim_range){ hypervisor->to, hypervisor->room }, 1);
}

/* Triples of u64: machine address, guest address, size, of what moved; in tree order. */
static void put_moved(const struct shim_plan *plan, struct shim_edits *edits,
                      struct shim_cursor to)
{
    size_t count = 0, at;
    uint8_t *list;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; i < moved->count; i++)
            count += moved->from[i].base != moved->to[i].base;
    list = count ? shim_alloc(plan->arena, count, 3 * sizeof(uint64_t)) : NULL;
    if (!list)
        return;
    at = 24 * count;
    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = moved->count; i--;) {
            if (moved->from[i].base == moved->to[i].base)
                continue;
            at -= 24;
            shim_put_be64(list + at, moved->from[i].base);
            shim_put_be64(list + at + 8, moved->to[i].base);
            shim_put_be64(list + at + 16, moved->from[i].size);
        }
    shim_put(edits, to, "reserved-memory", list, 24 * count);
}

/* "/soc/mmc@0: ..., coherent", one string for each device that buses limit or keep coherent. */
static const char *device_words(const struct shim_plan *plan, const struct shim_master *master)
{
    const struct shim_window *window = &plan->board->windows[master->window];

    if (!window->count)
        return shim_say(plan->arena, "%s: coherent", SHIM_PATH(plan->tree, master->node));
    return shim_say(plan->arena, "%s: reaches %s: bus 0x%llx is 0x%llx, 0x%llx bytes%s%s",
                    SHIM_PATH(plan->tree, master->node), shim_plan_reach(plan, master),
                    SHIM_X(window->at[0].bus), SHIM_X(window->at[0].cpu),
                    SHIM_X(window->at[0].size), window->count > 1 ? ", and more" : "",
                    master->coherent ? ", coherent" : "");
}

/* One string each; a first round finds the length. */
static void put_dma(const struct shim_plan *plan, struct shim_edits *edits,
                    struct shim_cursor to)
{
    const char **words = shim_alloc(plan->arena, plan->board->master_count, sizeof(*words));
    size_t len = 0, count = 0;
    const char *list;
    char *at;

    for (uint32_t i = 0; words && i < plan->board->master_count; i++) {
        const struct shim_master *master = &plan->board->masters[i];

        if (!plan->board->windows[master->window].count && !master->coherent)
            continue;
        words[count] = device_words(plan, master);
        len += strlen(words[count++]) + 1;
    }
    list = at = len ? shim_alloc(plan->arena, len, 1) : NULL;
    for (size_t i = 0; list && i < count; i++) {
        size_t one = strlen(words[i]) + 1;

        memcpy(at, words[i], one);
        at += one;
    }
    if (list)
        shim_put(edits, to, "dma", list, len);
}

/* The paths of the nodes that `belongs` picks, as a list of strings. */
static void put_paths(const struct shim_plan *plan, struct shim_edits *edits,
                      struct shim_cursor to, const char *name,
                      bool (*belongs)(const struct shim_plan *plan, uint32_t node))
{
    size_t len = 0;
    const char *list;
    char *at;

    for (uint32_t node = 0; node < plan->tree->node_count; node++)
        len += belongs(plan, node) ? strlen(SHIM_PATH(plan->tree, node)) + 1 : 0;
    list = at = len ? shim_alloc(plan->arena, len, 1) : NULL;
    for (uint32_t node = 0; list && node < plan->tree->node_count; node++)
        if (belongs(plan, node)) {
            struct shim_path path = shim_path(plan->tree, node);

            memcpy(at, path.s, strlen(path.s) + 1);
            at += strlen(path.s) + 1;
        }
    if (list)
        shim_put(edits, to, name, list, len);
}

/* On the bus of a domain's own tree. */
static bool is_given(const struct shim_plan *plan, uint32_t node)
{
    return plan->given->comes && plan->given->comes[node] & SHIM_COMES_TOP;
}

/* A master that no dma-ranges can tell the offset. */
static bool is_lost(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_master *master = shim_master_at(plan->board, node);

    return master && shim_plan_carrying(plan, master) == SHIM_CARRY_LOST;
}

void shim_write_record(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen)
{
    struct shim_cursor policy = shim_open(edits, chosen, "dtshim");
    struct shim_cursor record;
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t block_count = shim_plan_blocks(plan, blocks);

    put_policy(plan, edits, policy);
    record = shim_open(edits, policy, "record");
    shim_put_string(edits, record, "version", SHIM_VERSION);
    shim_put_string(edits, record, "layout",
                    plan->layout == SHIM_LAYOUT_DIRECT ? "direct" : "offset");
    shim_put_ranges(edits, record, "dom0-memory", &plan->dom0, 1);
    shim_put_ranges(edits, record, "machine-block", blocks, block_count);
    shim_put_ranges(edits, record, "machine-memory", plan->board->ram.at, plan->board->ram.count);
    shim_put_u64(edits, record, "offset", shim_plan_offset(plan));
    shim_put_string(edits, record, "coverage", shim_coverage_word(shim_coverage(plan->board)));
    put_hypervisor(plan, edits, record);
    put_moved(plan, edits, record);
    put_dma(plan, edits, record);
    put_paths(plan, edits, record, "devices", is_given);
    put_paths(plan, edits, record, "lost", is_lost);
    put_decisions(plan, edits, record);
    shim_close(edits, record);
    shim_close(edits, policy);
}
