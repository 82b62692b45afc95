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
    SHIM_WARNING,  /* a fact that will cause trouble */
};

/* Where a note comes from: the questions, in the order in which their answers are printed. */
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
    SHIM_PASS_CONTRACT, /* the contract itself; it and the next share one list */
    SHIM_PASS_PLACEMENT,
};
enum { SHIM_NOTE_LISTS = SHIM_PASS_CONTRACT + 1 };

/* Notes of which there may be many with the same words; see shim_alike_name(). */
enum shim_alike_kind {
    SHIM_ALIKE_NONE, /* each one is printed by itself */
    SHIM_ALIKE_REACH,
    SHIM_ALIKE_REACH_COHERENT,
    SHIM_ALIKE_REACH_PROTECTED, /* it uses guest addresses */
    SHIM_ALIKE_REACH_BOTH,
    SHIM_ALIKE_SAFE,
    SHIM_ALIKE_UNPROTECTED,
    SHIM_ALIKE_BLOCKED,
    SHIM_ALIKE_UNTAGGED,
    SHIM_ALIKE_IOMMU,
    SHIM_ALIKE_IOMMU_KEPT,
    SHIM_ALIKE_MAP_LOST,
    SHIM_ALIKE_BUS_WINDOW,
    SHIM_ALIKE_POOL,
    SHIM_ALIKE_POOL_UNPLACED,
    SHIM_ALIKE_POOL_OUTSIDE,
    SHIM_ALIKE_RENAMED,
    SHIM_ALIKE_RESERVED_PAGE,
    SHIM_ALIKE_NAMED_PAGE,
    SHIM_ALIKE_IRQ_KEPT,
    SHIM_ALIKE_REG_CUT,
    SHIM_ALIKE_GIVEN,
    SHIM_ALIKE_NOT_GIVEN,
    SHIM_ALIKE_LOSES_REGION,
    SHIM_ALIKE_NO_INTERRUPTS,
    SHIM_ALIKE_CARRIER,
    SHIM_ALIKE_HOOK,
    SHIM_ALIKE_UNTOLD,
    SHIM_ALIKE_BEHIND,
    SHIM_ALIKE_BYSTANDER,
    SHIM_ALIKE_STRAY,
};

/*
 * The writer of a note marks which others it is like: those of its pass with the same values of
 * all four. `what` and `reason` are for several, worded for each one; NULL: those of the note.
 */
struct shim_alike {
    enum shim_alike_kind kind;
    const void *shared; /* what they have in common apart from the kind; compared, never read */
    const char *what;
    const char *reason;
};

struct shim_note {
    struct shim_note *next;
    enum shim_note_kind kind;
    enum shim_pass_id pass;
    uint32_t node;      /* the node that it is about; SHIM_NONE: the board */
    bool device;        /* one of many alike, one per device: not in the record */
    bool detail;        /* a summary has it already, or few want to know */
    struct shim_alike alike;
    const char *what;
    const char *reason;
    struct shim_note *first;      /* the first of those alike, may be itself; NULL: like no other */
    struct shim_note *next_group; /* in the first one: the first of another group */
    uint32_t count;               /* in the first one: how many there are */
};

/* A list for each. */
struct shim_notes {
    struct shim_note *first[SHIM_NOTE_LISTS];
    struct shim_note *last[SHIM_NOTE_LISTS];
    struct shim_note *groups[SHIM_NOTE_LISTS];
};

/* The kind's name for programs, and a plural noun for people. */
const char *shim_alike_name(enum shim_alike_kind kind);
const char *shim_alike_noun(enum shim_alike_kind kind);

/* Which of the lists. */
unsigned shim_note_list(enum shim_pass_id pass);

/* Adds one after those of its pass. A note without room is lost: the arena is then full. */
void shim_add_note(struct shim_notes *notes, struct shim_arena *arena, struct shim_note note);

/* Drops those of the pass after `last`; NULL: all of them. */
void shim_forget_notes(struct shim_notes *notes, enum shim_pass_id pass, struct shim_note *last);

#endif
