/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The plan: what was found in the tree and what shall be done, each with its
 * reason in words. Passes fill it in, a contract turns it into edits. All
 * addresses are bytes; all of it lives in the plan's arena.
 */
#ifndef DTSHIM_PLAN_H
#define DTSHIM_PLAN_H

#include <dtshim/edits.h>
#include <dtshim/facts.h>
#include <dtshim/policy.h>

#define SHIM_VERSION "0.1.0"

enum shim_note_kind {
    SHIM_FINDING,  /* a fact of the board */
    SHIM_DECISION, /* something that will be done */
    SHIM_WARNING,  /* a fact that will hurt */
};

struct shim_note {
    struct shim_note *next;
    enum shim_note_kind kind;
    const char *pass;   /* who says it */
    uint32_t node;      /* about which node; SHIM_NONE: the board */
    bool device;        /* one of many alike, one a device: left out of the record */
    const char *what;
    const char *reason;
};

/* What is known of a node's DMA (one byte a node). */
enum shim_dma {
    SHIM_DMA_NONE,        /* cannot master DMA: no device, or known not to */
    SHIM_DMA_UNPROTECTED, /* may master DMA, and nothing proves it protected */
    SHIM_DMA_PROTECTED,   /* every stream goes through a driven IOMMU */
};

enum shim_coverage { SHIM_COVERAGE_NONE, SHIM_COVERAGE_SOME, SHIM_COVERAGE_ALL };

/* Something that must be in memory when Xen starts. */
struct shim_module {
    enum shim_module_kind kind;
    uint32_t node;           /* its node in /chosen; SHIM_NONE: carried by the stage */
    struct shim_range from;  /* where its bytes are, and how many */
    bool present;            /* they are there already; else only the size is meant */
    bool guessed;            /* what it is had to be guessed */
    uint64_t room;           /* what it occupies, with its bss; page multiple */
    uint64_t to;             /* where they shall be; valid once placed */
    struct shim_range rival; /* what it keeps Xen from taking there; size 0: nothing */
    bool placed;
};

enum { SHIM_MODULES_MAX = 32, /* MAX_MODULES of Xen 4.17 */
       SHIM_PLUGS_MAX = 24,
       SHIM_HEAP_MAX = SHIM_PLUGS_MAX + 2 };

/* How stock Xen's allocator is left no other choice (contract xen). */
struct shim_steering {
    struct shim_range plugs[SHIM_PLUGS_MAX]; /* pages kept from Xen by /memreserve/ */
    uint32_t plug_count;
    struct shim_range heap[SHIM_HEAP_MAX]; /* xen,static-heap; heap_count 0: not used */
    uint32_t heap_count;
    uint64_t cost;             /* bytes of RAM that Xen loses by it */
};

struct shim_plan {
    const struct shim_tree *tree;
    const struct shim_policy *policy;
    const struct shim_facts *facts;
    struct shim_arena *arena;

    struct shim_note *notes;
    struct shim_note **notes_end;

    /* memory */
    uint32_t *memory_nodes;
    uint32_t memory_node_count; /* at least one once the pass succeeded */
    struct shim_ranges ram;
    struct shim_ranges reserved; /* /memreserve/ and static /reserved-memory */
    struct shim_ranges unmapped; /* of those, the no-map ones */
    struct shim_range dom0;     /* guest physical */
    uint64_t machine_base;      /* of dom0's block */
    enum shim_layout layout;    /* the one taken: direct or offset */

    /* iommu */
    uint8_t *dma;               /* enum shim_dma of each node */
    bool iommus_off;            /* Xen's command line says so */
    uint32_t masters;
    uint32_t protected_masters;
    enum shim_coverage coverage;

    /* modules */
    struct shim_module modules[SHIM_MODULES_MAX];
    uint32_t module_count;
    bool payload_assumed;       /* no payload is named: sizes are assumptions */
    struct shim_steering steering;
};

/* Notes; `reason` says why. Both texts live as long as the plan. */
void shim_note(struct shim_plan *plan, enum shim_note_kind kind, const char *pass,
               uint32_t node, const char *what, const char *reason);
void shim_note_device(struct shim_plan *plan, enum shim_note_kind kind, const char *pass,
                      uint32_t node, const char *what, const char *reason);

/* dma-offset: machine minus guest, modulo 2^(32 * cells of the root). */
uint64_t shim_plan_offset(const struct shim_plan *plan);

/* dma-offset goes into the tree: it is not zero and somebody needs it. */
bool shim_plan_has_offset(const struct shim_plan *plan);

struct shim_range shim_plan_machine_block(const struct shim_plan *plan);

/* "none", "some", "all". */
const char *shim_coverage_word(enum shim_coverage coverage);

/* The module of this kind, or NULL. */
const struct shim_module *shim_module_of(const struct shim_plan *plan,
                                         enum shim_module_kind kind);

const char *shim_module_word(enum shim_module_kind kind);

#endif
