// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/note_lines.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/base/wrap.h"

enum { INDENT = 11, DEEPER = 13, NUMBER = 48 };

struct lines {
    const struct shim_plan *plan;
    struct shim_wrap wrap;
    bool all;
};

/* ---- one note --------------------------------------------------------------------------- */

/* On the same line where there is room; if it must be, on one of its own. */
static void put_reason(struct shim_wrap *wrap, const char *reason, bool must)
{
    bool fits = wrap->column + strlen(reason) + 3 <= SHIM_LINE_WIDTH;

    if (!fits && !must)
        return;
    if (fits)
        shim_wrap(wrap, " ");
    else
        shim_wrap_line(wrap);
    shim_wrap(wrap, "(");
    shim_wrap(wrap, reason);
    shim_wrap(wrap, ")");
}

static bool must_say_why(const struct lines *lines, const struct shim_note *note)
{
    return lines->all || note->kind != SHIM_DECISION;
}

static void put_path(struct shim_wrap *wrap, const struct shim_plan *plan, uint32_t node)
{
    if (node == SHIM_NONE)
        return;
    shim_wrap(wrap, SHIM_PATH(plan->tree, node));
    shim_wrap(wrap, ": ");
}

static void put_head(struct lines *lines, const struct shim_note *note)
{
    static const char marks[] = "  found  \0  decide \0  WARN   \0";

    shim_wrap(&lines->wrap, shim_word(marks, note->kind));
    shim_wrap(&lines->wrap, shim_pass_name(lines->plan, note->pass));
    shim_wrap(&lines->wrap, ": ");
}

static void put_one(struct lines *lines, const struct shim_note *note)
{
    put_head(lines, note);
    put_path(&lines->wrap, lines->plan, note->node);
    shim_wrap(&lines->wrap, note->what);
    put_reason(&lines->wrap, note->reason, must_say_why(lines, note));
    shim_wrap_end(&lines->wrap);
}

/* ---- several alike ------------------------------------------------------------------------ */

/* What the line above does not say of it. */
static void put_member(struct lines *lines, const struct shim_note *note)
{
    bool nameless = note->node == SHIM_NONE;

    lines->wrap.indent = INDENT;
    shim_wrap_line(&lines->wrap);
    lines->wrap.indent = DEEPER;
    if (!nameless)
        shim_wrap(&lines->wrap, SHIM_PATH(lines->plan->tree, note->node));
    if (!nameless && note->alike.what)
        shim_wrap(&lines->wrap, ": ");
    if (nameless || note->alike.what)
        shim_wrap(&lines->wrap, note->what);
    if (note->alike.reason)
        put_reason(&lines->wrap, note->reason, true);
}

static void put_members(struct lines *lines, const struct shim_note *first)
{
    for (const struct shim_note *note = first; note; note = note->next)
        if (note->first == first)
            put_member(lines, note);
    lines->wrap.indent = INDENT;
}

static void put_group(struct lines *lines, const struct shim_note *first)
{
    char number[NUMBER];
    struct shim_text text = shim_text(number, sizeof(number));

    shim_textf(&text, "each of %u %s: ", first->count, shim_alike_noun(first->alike.kind));
    put_head(lines, first);
    shim_wrap(&lines->wrap, number);
    shim_wrap(&lines->wrap, first->alike.what ? first->alike.what : first->what);
    put_reason(&lines->wrap, first->alike.reason ? first->alike.reason : first->reason,
               must_say_why(lines, first));
    if (lines->all)
        put_members(lines, first);
    shim_wrap_end(&lines->wrap);
}

/* ---- all of them --------------------------------------------------------------------------- */

static void put_note(struct lines *lines, const struct shim_note *note)
{
    if (note->detail && !lines->all)
        return;
    if (!note->first || note->first->count == 1)
        put_one(lines, note);
    else if (note->first == note)
        put_group(lines, note);
}

void shim_report_notes(const struct shim_sink *sink, const struct shim_plan *plan, bool all)
{
    static const enum shim_note_kind order[] = { SHIM_WARNING, SHIM_DECISION, SHIM_FINDING };
    struct lines lines = { .plan = plan, .wrap = { .sink = sink, .indent = INDENT }, .all = all };

    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        for (const struct shim_note *note = shim_first_note(plan); note;
             note = shim_next_note(plan, note))
            if (note->kind == order[i])
                put_note(&lines, note);
}
