// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/notes.h"

#include "shim/base/text.h"

enum { GROUPS_MAX = 64 }; /* in one list: more are printed one by one */

/* Name and noun of each kind, in its order. */
static const char alike_words[] =
    "none\0things\0"
    "reach\0devices\0"
    "reach-coherent\0devices\0"
    "reach-protected\0devices\0"
    "reach-coherent-protected\0devices\0"
    "safe\0devices\0"
    "unprotected\0devices\0"
    "blocked\0devices\0"
    "untagged\0nodes\0"
    "iommu\0IOMMUs\0"
    "iommu-kept\0IOMMUs\0"
    "iommu-map-lost\0PCI hosts\0"
    "bus-window\0bus windows\0"
    "pool\0pools\0"
    "pool-unplaced\0pools\0"
    "pool-outside\0pools\0"
    "renamed\0nodes\0"
    "reserved-page\0pages\0"
    "named-page\0pages\0"
    "irq-kept\0devices\0"
    "reg-cut\0nodes\0"
    "given\0devices\0"
    "not-given\0devices\0"
    "loses-region\0devices\0"
    "no-interrupts\0devices\0"
    "carrier\0buses\0"
    "hook\0devices\0"
    "untold\0devices\0"
    "behind-iommu\0devices\0"
    "bystander\0devices\0"
    "stray\0properties\0";

const char *shim_alike_name(enum shim_alike_kind kind)
{
    return shim_word(alike_words, 2 * kind);
}

const char *shim_alike_noun(enum shim_alike_kind kind)
{
    return shim_word(alike_words, 2 * kind + 1);
}

unsigned shim_note_list(enum shim_pass_id pass)
{
    return pass < SHIM_PASS_CONTRACT ? pass : SHIM_PASS_CONTRACT;
}

/* ---- those alike ------------------------------------------------------------------------ */

static bool is_alike(const struct shim_note *a, const struct shim_note *b)
{
    return a->alike.kind == b->alike.kind && a->alike.shared == b->alike.shared &&
           a->kind == b->kind && a->pass == b->pass;
}

/* The newest group is the likeliest. */
static struct shim_note *group_of(const struct shim_notes *notes, const struct shim_note *note)
{
    struct shim_note *first = notes->groups[shim_note_list(note->pass)];
    unsigned seen = 0;

    while (first && seen++ < GROUPS_MAX && !is_alike(first, note))
        first = first->next_group;
    return seen > GROUPS_MAX ? NULL : first;
}

static void group(struct shim_notes *notes, struct shim_note *note)
{
    struct shim_note **groups = &notes->groups[shim_note_list(note->pass)];
    struct shim_note *first = group_of(notes, note);

    note->first = first ? first : note;
    note->count = 0;
    note->first->count++;
    if (first)
        return;
    note->next_group = *groups;
    *groups = note;
}

/* ---- the lists -------------------------------------------------------------------------- */

void shim_add_note(struct shim_notes *notes, struct shim_arena *arena, struct shim_note note)
{
    unsigned list = shim_note_list(note.pass);
    struct shim_note *kept = shim_alloc(arena, 1, sizeof(*kept));

    if (!kept)
        return;
    *kept = note;
    if (notes->last[list])
        notes->last[list]->next = kept;
    else
        notes->first[list] = kept;
    notes->last[list] = kept;
    if (note.alike.kind)
        group(notes, kept);
}

void shim_forget_notes(struct shim_notes *notes, enum shim_pass_id pass, struct shim_note *last)
{
    unsigned list = shim_note_list(pass);

    notes->last[list] = last;
    if (last)
        last->next = NULL;
    else
        notes->first[list] = NULL;
    notes->groups[list] = NULL;
    for (struct shim_note *note = notes->first[list]; note; note = note->next)
        if (note->alike.kind)
            group(notes, note);
}
