// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The record that a tree carries of what was done to it. On stock Xen
 * /chosen/dtshim survives into dom0.
 */
#include "common.h"

#include "../lib/mem.h"

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
static const char *put_sentence(struct shim_text *text, const struct shim_note *note)
{
    shim_textf(text, "%s: %s: %s", note->pass, note->what, note->reason);
    return text->at;
}

static size_t sentence_len(const struct shim_note *note)
{
    return strlen(note->pass) + 2 + strlen(note->what) + 2 + strlen(note->reason) + 1;
}

static void put_decisions(const struct shim_plan *plan, struct shim_edits *edits,
                          struct shim_cursor to)
{
    size_t len = 0;
    char *list, *at;

    for (const struct shim_note *note = plan->notes; note; note = note->next)
        len += recorded(note) ? sentence_len(note) : 0;
    list = at = shim_alloc(plan->arena, len, 1);
    if (!list)
        return;
    for (const struct shim_note *note = plan->notes; note; note = note->next) {
        struct shim_text text;

        if (!recorded(note))
            continue;
        text = shim_text(at, sentence_len(note));
        put_sentence(&text, note);
        at = text.at + 1;
    }
    shim_put(edits, to, "decisions", list, len);
}

void shim_write_record(const struct shim_plan *plan, struct shim_edits *edits,
                       struct shim_cursor chosen)
{
    struct shim_cursor policy = shim_open(edits, chosen, "dtshim");
    struct shim_cursor record;
    struct shim_range block = shim_plan_machine_block(plan);

    put_policy(plan, edits, policy);
    record = shim_open(edits, policy, "record");
    shim_put_string(edits, record, "version", SHIM_VERSION);
    shim_put_string(edits, record, "layout",
                    plan->layout == SHIM_LAYOUT_DIRECT ? "direct" : "offset");
    shim_put_ranges(edits, record, "dom0-memory", &plan->dom0, 1);
    shim_put_ranges(edits, record, "machine-block", &block, 1);
    shim_put_ranges(edits, record, "machine-memory", plan->ram.at, plan->ram.count);
    shim_put_u64(edits, record, "offset", shim_plan_offset(plan));
    shim_put_string(edits, record, "coverage", shim_coverage_word(plan->coverage));
    put_decisions(plan, edits, record);
    shim_close(edits, record);
    shim_close(edits, policy);
}
