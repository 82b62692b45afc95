/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What was found and decided, in words, each with its reason. */
#ifndef DTSHIM_BOARD_NOTES_H
#define DTSHIM_BOARD_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include <dtshim/arena.h>

enum shim_note_kind {
    SHIM_FINDING,  /* a fact of the board */
    SHIM_DECISION, /* something that will be done */
    SHIM_WARNING,  /* a fact that will hurt */
};

/* Who says it: the questions that are asked, in the order in which their answers are told. */
enum shim_pass_id {
    SHIM_PASS_MEMORY,
    SHIM_PASS_MODULES,
    SHIM_PASS_IOMMU,
    SHIM_PASS_DMA,
    SHIM_PASS_OFFSET,
    SHIM_PASS_PASSTHROUGH,
    SHIM_PASS_MOVES,
    SHIM_PASS_SRAM,
    SHIM_PASS_REGIONS,
    SHIM_PASS_CONTRACT, /* the contract itself; it and the next tell in one order */
    SHIM_PASS_PLACEMENT,
};
enum { SHIM_NOTE_LISTS = SHIM_PASS_CONTRACT + 1 };

struct shim_note {
    struct shim_note *next;
    enum shim_note_kind kind;
    enum shim_pass_id pass;
    uint32_t node;      /* about which node; SHIM_NONE: the board */
    bool device;        /* one of many alike, one a device: left out of the record */
    const char *what;
    const char *reason;
};

/* A list for each. */
struct shim_notes {
    struct shim_note *first[SHIM_NOTE_LISTS];
    struct shim_note *last[SHIM_NOTE_LISTS];
};

/* Which of the lists. */
unsigned shim_note_list(enum shim_pass_id pass);

/* Adds one behind those of its pass. A note that finds no room is lost: the arena knows. */
void shim_add_note(struct shim_notes *notes, struct shim_arena *arena, struct shim_note note);

/* Forgets those of the pass behind `last`; NULL: all of them. */
void shim_forget_notes(struct shim_notes *notes, enum shim_pass_id pass, struct shim_note *last);

#endif
