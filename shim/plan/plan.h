/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The plan: what is to be done to a board, each decision with its reason in words. Passes
 * fill it in, a contract turns it into edits. Addresses are in bytes; all of it is in the
 * plan's arena.
 */
#ifndef DTSHIM_PLAN_PLAN_H
#define DTSHIM_PLAN_PLAN_H

#include <dtshim/version.h>

#include "shim/board/board.h"
#include "shim/fdt/edits.h"
#include "shim/plan/names.h"

/* Something that must be in memory when Xen starts. */
struct shim_module {
    enum shim_module_kind kind;
    uint32_t node;           /* its node in /chosen; SHIM_NONE: carried by the stage */
    struct shim_range from;  /* where its bytes are, and how many */
    bool present;            /* they are there already; else only the size counts */
    bool guessed;            /* its kind had to be guessed */
    bool assumed;            /* its size is an assumption */
    uint64_t room;           /* what it occupies, with its bss; page multiple */
    uint64_t to;             /* where they will be; valid once placed */
    struct shim_range rival; /* what it keeps Xen from taking there; size 0: nothing */
    bool placed;
};

enum { SHIM_MODULES_MAX = 32, /* MAX_MODULES of Xen 4.17 */
       SHIM_BLOCKS_MAX = 8 };

/* Contract xen: a place for dom0, 1:1, where the native base is not possible as it is. */
struct shim_nearest {
    uint64_t base;
    struct shim_range banks[SHIM_BLOCKS_MAX]; /* that its memory is in */
    uint32_t bank_count;  /* 0: it is one block at the base */
    bool cramped;         /* kernel, ramdisk and tree may not fit into the first bank */
    uint32_t spared;      /* with banks: this many windows were left out (within.h); */
    uint64_t modules;     /* what has to be placed goes here, or after; */
    bool keep;            /* modules that are not in the way stay where they are; */
    bool fenced;          /* the lowest piece that will do is made the first one */
    bool by_heap;         /* Xen's heap has to be restricted, whatever that costs */
    uint32_t unserved;    /* masters that count and do not reach all of it, pools that miss it */
    uint64_t native_size; /* the most memory, as a power of two, with which it would be native */
    const char *why;      /* not at the native base, */
    const char *remedy;   /* and what would make it possible */
};

/* How a stock kernel learns the constant offset. */
enum shim_carrying {
    SHIM_CARRY_NOT,  /* it needs none */
    SHIM_CARRY_BUS,  /* dma-ranges of the bus are rewritten, or written */
    SHIM_CARRY_HOOK, /* a dma-mem parent of its own */
    SHIM_CARRY_LOST, /* it cannot: the device must not be used */
};

struct shim_contract;
struct shim_xen_plan;
struct shim_given;
struct shim_native_plan;

struct shim_plan {
    const struct shim_board *board;
    const struct shim_contract *contract;
    const struct shim_tree *tree;
    const struct shim_policy *policy;
    const struct shim_facts *facts;
    struct shim_arena *arena;

    struct shim_notes notes; /* in addition to those of the board */

    /* memory */
    struct shim_ranges devices; /* registers in RAM: none of dom0's memory may be there */
    uint32_t kernel_bits;       /* of dom0's kernel: 32 or 64 */
    uint64_t guest_limit;       /* guest addresses end here: 2^ipa-bits, or 4 GiB */
    const char *size_line;      /* the property of /chosen with dom0's size; NULL: none */
    struct shim_range dom0;     /* guest physical: its lowest address, and how much in all */
    uint64_t machine_base;      /* of dom0's block */
    struct shim_range blocks[SHIM_BLOCKS_MAX]; /* several machine blocks, in guest order */
    uint32_t block_count;       /* 0: one, at machine_base */
    bool banked;                /* they are dom0's banks: guest addresses are the same */
    enum shim_layout layout;    /* the one chosen: direct or offset */
    const struct shim_nearest *nearest; /* where dom0 is instead of its native base; NULL: there */

    uint8_t *carrying;          /* enum shim_carrying of each master; NULL: nothing is told */
    struct shim_ranges taken;   /* addresses that are in use */

    /* modules */
    struct shim_module modules[SHIM_MODULES_MAX];
    uint32_t module_count;

    /* what only one contract decides */
    struct shim_xen_plan *xen;
    struct shim_given *given;   /* to the xen,domain */
    struct shim_native_plan *native;

    bool domain;                /* contract xen, layout offset: a xen,domain takes dom0's place */
    bool payload_assumed;       /* a part of the payload is missing: its size is assumed */
};

/*
 * A pass answers one question. It reads board, policy and facts, and writes its decisions into
 * the plan; it edits nothing, and depends neither on a console nor on the caller.
 */
typedef enum shim_code shim_pass(struct shim_plan *plan, struct shim_error *error);

/* Notes, with a reason. Both texts live as long as the plan. */
void shim_note(struct shim_plan *plan, enum shim_note_kind kind, enum shim_pass_id pass,
               uint32_t node, const char *what, const char *reason);
void shim_note_device(struct shim_plan *plan, enum shim_note_kind kind, enum shim_pass_id pass,
                      uint32_t node, const char *what, const char *reason);

/* What the summary of a report has, too, or few want to know. */
void shim_note_detail(struct shim_plan *plan, enum shim_note_kind kind, enum shim_pass_id pass,
                      uint32_t node, const char *what, const char *reason);

/* A note with all its fields, such as those it is like. */
void shim_note_in_full(struct shim_plan *plan, struct shim_note note);

/*
 * All notes, pass by pass, the board's before the plan's: the first one, and the one after
 * `note`; NULL: there is none.
 */
const struct shim_note *shim_first_note(const struct shim_plan *plan);
const struct shim_note *shim_next_note(const struct shim_plan *plan, const struct shim_note *note);

/* The name of the pass that it comes from. */
const char *shim_pass_name(const struct shim_plan *plan, enum shim_pass_id pass);

/* dma-offset: machine minus guest, modulo 2^(32 * cells of the root). */
uint64_t shim_plan_offset(const struct shim_plan *plan);

/* dma-offset goes into the tree: it is not zero and some device needs it. */
bool shim_plan_has_offset(const struct shim_plan *plan);

struct shim_range shim_plan_machine_block(const struct shim_plan *plan);

/*
 * What a window's entry comes to in guest addresses: the part that lies in
 * dom0's machine block, with the offset taken off. False: no part does.
 */
bool shim_plan_compose(const struct shim_plan *plan, const struct shim_window_entry *entry,
                       struct shim_window_entry *composed);

/* Bytes of dom0's memory that the master cannot reach. */
uint64_t shim_plan_unreachable(const struct shim_plan *plan, const struct shim_master *master);

/* "all", "some", "none": how much of dom0's memory it reaches. */
const char *shim_plan_reach(const struct shim_plan *plan, const struct shim_master *master);

/* How the master (one of the board's) learns the offset. */
enum shim_carrying shim_plan_carrying(const struct shim_plan *plan,
                                      const struct shim_master *master);

/* The number of machine blocks behind dom0's memory, and the i-th; `*guest` is where it starts. */
uint32_t shim_plan_block_count(const struct shim_plan *plan);
struct shim_range shim_plan_block(const struct shim_plan *plan, uint32_t i, uint64_t *guest);

/*
 * Dom0's own view of its memory: one range, or with several machine blocks that are banks
 * each of them.
 */
uint32_t shim_plan_bank_count(const struct shim_plan *plan);
struct shim_range shim_plan_bank(const struct shim_plan *plan, uint32_t i);

/* All of them, in guest order, into SHIM_BLOCKS_MAX places; their number. */
uint32_t shim_plan_blocks(const struct shim_plan *plan, struct shim_range *blocks);

/* The module of this kind, or NULL. */
const struct shim_module *shim_module_of(const struct shim_plan *plan,
                                         enum shim_module_kind kind);

const char *shim_module_word(enum shim_module_kind kind);

/* The same for people: under native the hypervisor is not called Xen. */
const char *shim_plan_module_word(const struct shim_plan *plan, enum shim_module_kind kind);

#endif
