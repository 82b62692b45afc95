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

/* Of what there may be many that say the same; see shim_alike_name(). */
enum shim_alike_kind {
    SHIM_ALIKE_NONE, /* each stands for itself */
    SHIM_ALIKE_REACH,
    SHIM_ALIKE_REACH_COHERENT,
    SHIM_ALIKE_REACH_PROTECTED, /* it goes by guest addresses */
    SHIM_ALIKE_REACH_BOTH,
    SHIM_ALIKE_SAFE,
    SHIM_ALIKE_UNPROTECTED,
    SHIM_ALIKE_BLOCKED,
    SHIM_ALIKE_UNTAGGED,
    SHIM_ALIKE_IOMMU,
    SHIM_ALIKE_IOMMU_KEPT,
    SHIM_ALIKE_MAP_LOST,
    SHIM_ALIKE_IN_RAM,
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
 * Who writes a note says which others it is like: those of its pass that have the same of all
 * four. `what` and `reason` are for several, in words about each one; NULL: as of the note.
 */
struct shim_alike {
    enum shim_alike_kind kind;
    const void *shared; /* what they have in common beside the kind; compared, never read */
    const char *what;
    const char *reason;
};

struct shim_note {
    struct shim_note *next;
    enum shim_note_kind kind;
    enum shim_pass_id pass;
    uint32_t node;      /* about which node; SHIM_NONE: the board */
    bool device;        /* one of many alike, one a device: left out of the record */
    bool detail;        /* a summary says it already, or few want to know */
    struct shim_alike alike;
    const char *what;
    const char *reason;
    struct shim_note *first;      /* of those alike, may be itself; NULL: like no other */
    struct shim_note *next_group; /* of the first one: another one's first */
    uint32_t count;               /* of the first one: how many they are */
};

/* A list for each. */
struct shim_notes {
    struct shim_note *first[SHIM_NOTE_LISTS];
    struct shim_note *last[SHIM_NOTE_LISTS];
    struct shim_note *groups[SHIM_NOTE_LISTS];
};

/* The kind's name for programs, and what a person calls several of them. */
const char *shim_alike_name(enum shim_alike_kind kind);
const char *shim_alike_noun(enum shim_alike_kind kind);

/* Which of the lists. */
unsigned shim_note_list(enum shim_pass_id pass);

/* Adds one behind those of its pass. A note that finds no room is lost: the arena knows. */
void shim_add_note(struct shim_notes *notes, struct shim_arena *arena, struct shim_note note);

/* Forgets those of the pass behind `last`; NULL: all of them. */
void shim_forget_notes(struct shim_notes *notes, enum shim_pass_id pass, struct shim_note *last);

#endif
