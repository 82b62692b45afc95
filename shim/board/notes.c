// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/board/notes.h"

unsigned shim_note_list(enum shim_pass_id pass)
{
    return pass < SHIM_PASS_CONTRACT ? pass : SHIM_PASS_CONTRACT;
}

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
}

void shim_forget_notes(struct shim_notes *notes, enum shim_pass_id pass, struct shim_note *last)
{
    unsigned list = shim_note_list(pass);

    notes->last[list] = last;
    if (last)
        last->next = NULL;
    else
        notes->first[list] = NULL;
}
