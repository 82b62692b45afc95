/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The plan: what was found in the tree and what shall be done, each with its
 * reason in words. Passes fill it in, a contract turns it into edits. All
 * addresses are bytes; all of it lives in the plan's arena.
 */
#ifndef DTSHIM_PLAN_PLAN_H
#define DTSHIM_PLAN_PLAN_H

#include <dtshim/facts.h>
#include <dtshim/policy.h>

#include "shim/board/sram.h"
#include "shim/fdt/edits.h"

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

/* What of a node goes into a domain's own tree; flags in plan->comes. */
enum shim_coming {
    SHIM_COMES = 1,        /* the node and its properties */
    SHIM_COMES_TOP = 2,    /* not with a parent: it becomes a device on the domain's bus */
    SHIM_COMES_CALLED = 4, /* something that comes refers to it */
};

/* What is known of a node's DMA (one byte a node). */
enum shim_dma {
    SHIM_DMA_NONE,        /* cannot master DMA: no device, or known not to */
    SHIM_DMA_UNPROTECTED, /* may master DMA, and nothing proves it protected */
    SHIM_DMA_PROTECTED,   /* every stream goes through a driven IOMMU */
    SHIM_DMA_BLOCKED,     /* behind a driven IOMMU that will not let it through */
};

enum shim_coverage { SHIM_COVERAGE_NONE, SHIM_COVERAGE_SOME, SHIM_COVERAGE_ALL };

/* An IOMMU; plan->iommus has them in document order. */
struct shim_iommu {
    uint32_t node;
    uint32_t users;   /* available devices that name it */
    uint32_t last_user;
    const char *flaw; /* why it protects nobody ("names an IOMMU that ..."); NULL: it does */
};

/* An IOMMU that lists a device in its mmu-masters; `next` is another one of the device. */
struct shim_legacy_user {
    struct shim_legacy_user *next;
    uint32_t iommu;
};

/* One entry of a bus window: bus addresses [bus, bus + size) reach [cpu, cpu + size). */
struct shim_window_entry {
    uint32_t flags; /* of a PCI address */
    uint64_t bus;
    uint64_t cpu;   /* on the input tree these are machine addresses */
    uint64_t size;
};

/* Reserved memory at the guest addresses that the constant offset gives it. */
struct shim_moved {
    struct shim_moved *next;
    uint32_t node;            /* SHIM_NONE: one entry of /memreserve/ */
    struct shim_range *from;  /* machine addresses */
    struct shim_range *to;    /* guest addresses */
    uint32_t count;
    bool lent;                /* a device has it as its memory-region */
};

/* What becomes of a node's dma-ranges and DMA parent; flags in plan->carriers. */
enum shim_carrier {
    SHIM_CARRIER_REWRITE = 1, /* they take the offset in */
    SHIM_CARRIER_NEW = 2,     /* it gets some that say the offset */
    SHIM_CARRIER_BARRED = 4,  /* a device that must not be told stands in the way */
    SHIM_CARRIER_HOOKED = 8,  /* a device with a dma-mem parent of its own */
    SHIM_CARRIER_TIED = 16,   /* it must not get one: a device below could not evade it */
};

/* How a stock kernel is told the constant offset (offset-in = dma-ranges or both). */
enum shim_carrying {
    SHIM_CARRY_NOT,  /* nothing is to be told */
    SHIM_CARRY_BUS,  /* dma-ranges of the bus are rewritten, or written */
    SHIM_CARRY_HOOK, /* a dma-mem parent of its own */
    SHIM_CARRY_LOST, /* it cannot be told: the device must not be used */
};

/*
 * What dma-ranges say to the devices that resolve to one node, as Linux 6.1
 * reads them; plan->windows. The first one stands for all devices that no
 * dma-ranges limit: it has no entries, bus and CPU addresses are the same.
 */
struct shim_window {
    uint32_t node;                   /* whose dma-ranges; SHIM_NONE: nobody's */
    struct shim_window_entry *at;
    uint32_t count;
    uint64_t total;                  /* CPU addresses that it reaches; 0: all */
    uint64_t unreachable;            /* bytes of dom0's machine block */
    uint64_t unreachable_protected;  /* and of its guest block, for protected devices */
    bool in_place;                   /* its dma-ranges can take the offset in */
    uint32_t hook[2];                /* phandles of dma-mem parents: without the offset, with it */
};

/* A device that may master DMA; plan->dma_facts has them in document order. */
struct shim_dma_facts {
    uint32_t node;
    uint32_t window;         /* index in plan->windows */
    uint32_t carrier;        /* the node whose dma-ranges may carry the offset; SHIM_NONE */
    bool coherent;
    bool inherits_coherent;  /* from a bus, not by a property of its own */
    enum shim_carrying carrying;
};

/* Something that must be in memory when Xen starts. */
struct shim_module {
    enum shim_module_kind kind;
    uint32_t node;           /* its node in /chosen; SHIM_NONE: carried by the stage */
    struct shim_range from;  /* where its bytes are, and how many */
    bool present;            /* they are there already; else only the size is meant */
    bool guessed;            /* what it is had to be guessed */
    bool assumed;            /* its size is an assumption */
    uint64_t room;           /* what it occupies, with its bss; page multiple */
    uint64_t to;             /* where they shall be; valid once placed */
    struct shim_range rival; /* what it keeps Xen from taking there; size 0: nothing */
    bool placed;
};

enum { SHIM_MODULES_MAX = 32, /* MAX_MODULES of Xen 4.17 */
       SHIM_PLUGS_MAX = 24,
       SHIM_REGIONS_MAX = 32,
       SHIM_BLOCKS_MAX = 8,
       SHIM_HEAP_MAX = SHIM_PLUGS_MAX + 2 };

/* How stock Xen's allocator is left no other choice (contract xen). */
struct shim_steering {
    struct shim_range plugs[SHIM_PLUGS_MAX]; /* pages kept from Xen by /memreserve/ */
    uint32_t plug_count;
    struct shim_range heap[SHIM_HEAP_MAX]; /* xen,static-heap; heap_count 0: not used */
    uint32_t heap_count;
    uint64_t cost;             /* bytes of RAM that Xen loses by it */
};

/* Contract xen: a place for dom0, 1:1, where the native base cannot be had. */
struct shim_nearest {
    uint64_t base;
    uint32_t unserved;    /* DMA masters that do not reach all of it, and pools that miss it */
    uint64_t native_size; /* the most memory, as a power of two, with which it would be native */
    const char *why;      /* not at the native base, */
    const char *remedy;   /* and what would bring it */
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
    bool *off_limits;         /* for each node, see shim_plan_off_limits() */
    uint32_t memory_node_count; /* 0: the tree has none, RAM was told otherwise */
    uint32_t kernel_bits;       /* of dom0's kernel: 32 or 64 */
    uint64_t guest_limit;       /* guest addresses end here: 2^ipa-bits, or 4 GiB */
    struct shim_ranges ram;
    struct shim_ranges reserved; /* /memreserve/ and static /reserved-memory */
    struct shim_ranges unmapped; /* of those, the no-map ones */
    struct shim_range ramdisk;   /* what linux,initrd-* name beside a payload */
    bool has_ramdisk;            /* they do; its reservation is none of `reserved` */
    struct shim_range dom0;     /* guest physical */
    uint64_t machine_base;      /* of dom0's block */
    struct shim_range blocks[SHIM_BLOCKS_MAX]; /* several machine blocks, in guest order */
    uint32_t block_count;       /* 0: one, at machine_base */
    enum shim_layout layout;    /* the one taken: direct or offset */
    const struct shim_nearest *nearest; /* where dom0 is instead of its native base; NULL: there */

    /* iommu */
    uint8_t *dma;               /* enum shim_dma of each node */
    struct shim_iommu *iommus;
    uint32_t iommu_count;
    struct shim_legacy_user **legacy; /* of each node; NULL: no IOMMU has mmu-masters */
    uint32_t blocked;           /* devices whose DMA Xen will not let through */
    uint32_t masters;
    uint32_t protected_masters;
    enum shim_coverage coverage;

    /* dma */
    struct shim_dma_facts *dma_facts; /* plan->masters of them */
    struct shim_window *windows;
    uint32_t window_count;      /* at least 1 after the pass */
    uint32_t tightest;          /* master (index) with the smallest window; SHIM_NONE: none */

    /* offset */
    uint8_t *carriers;          /* enum shim_carrier of each node; NULL: dma-ranges stay */
    struct shim_moved *moved;   /* layout offset: every static reservation */

    /* sram */
    struct shim_sram_region *srams;
    struct shim_sram_region **srams_end;
    struct shim_sram_run *sram_runs; /* ascending; a partition of the regions' pages */
    uint32_t sram_run_count;

    /* regions */
    struct shim_ranges taken;   /* addresses that are somebody's */
    struct shim_range grants;   /* for the grant table; size 0: none */
    struct shim_range regions[SHIM_REGIONS_MAX + 1];
    uint32_t region_count;

    /* what stock Xen has to be told beside */
    struct shim_ranges tails;   /* pages of devices that it would not map */
    struct shim_ranges claims;  /* addresses that are claimed where it does not look */
    uint32_t unsound;           /* nodes with a reg that it panics on */

    /* passthrough: into the domain's own tree (plan->domain) */
    uint8_t *comes;             /* enum shim_coming of each node; NULL: there is no such tree */
    struct shim_ranges passed;  /* whole pages of registers that the domain gets */
    struct shim_edits guest;    /* that tree, as edits of an empty one */
    size_t guest_size;          /* of that tree; 0: there is none */

    /* modules */
    struct shim_module modules[SHIM_MODULES_MAX];
    uint32_t module_count;
    struct shim_steering steering;

    bool domain;                /* contract xen, layout offset: a xen,domain takes dom0's place */
    bool enhanced;              /* it learns that it runs on Xen */
    bool ram_told;              /* RAM is the policy's or the boot loader's, not the tree's */
    bool iommus_off;            /* Xen's command line says so */
    bool no_ext_regions;        /* stock Xen must not look for extended regions */
    bool payload_assumed;       /* a part of the payload is not named: its size is assumed */
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

/*
 * What a window's entry comes to in guest addresses: the part that lies in
 * dom0's machine block, with the offset taken off. False: no part does.
 */
bool shim_plan_compose(const struct shim_plan *plan, const struct shim_window_entry *entry,
                       struct shim_window_entry *composed);

/* Will the node's dma-ranges carry the offset? */
bool shim_plan_carrier_written(const struct shim_plan *plan, uint32_t node);

/* Bytes of dom0's memory that the master cannot reach. */
uint64_t shim_plan_unreachable(const struct shim_plan *plan, const struct shim_dma_facts *facts);

/* "all", "some", "none": how much of dom0's memory it reaches. */
const char *shim_plan_reach(const struct shim_plan *plan, const struct shim_dma_facts *facts);

/* Does a region hold a block that Linux can use: 128 MiB, aligned? */
bool shim_region_useful(struct shim_range region);

/*
 * Is the node part of what is deleted, moved or made anew as a whole: memory
 * nodes, /reserved-memory, dtshim's own nodes? No device stands there.
 */
static inline bool shim_plan_off_limits(const struct shim_plan *plan, uint32_t node)
{
    return plan->off_limits[node];
}

/* Finds them, once the memory nodes are known; false: no memory. */
bool shim_plan_bar_nodes(struct shim_plan *plan);

/* One of the root's children that dtshim makes, left by an earlier run: made anew. */
bool shim_is_own_node(const struct shim_tree *tree, uint32_t node);

bool shim_plan_is_memory_node(const struct shim_plan *plan, uint32_t node);

/* Where the tree speaks of RAM: the first memory node, or the root. */
uint32_t shim_plan_memory_node(const struct shim_plan *plan);

/* "none", "some", "all". */
const char *shim_coverage_word(enum shim_coverage coverage);

/* The DMA facts of a node, or NULL: it masters no DMA. */
const struct shim_dma_facts *shim_dma_facts_at(const struct shim_plan *plan, uint32_t node);

/* The number of machine blocks behind dom0's memory, and the i-th; `*guest` is where it starts. */
uint32_t shim_plan_block_count(const struct shim_plan *plan);
struct shim_range shim_plan_block(const struct shim_plan *plan, uint32_t i, uint64_t *guest);

/* All of them, in guest order, into SHIM_BLOCKS_MAX places; their number. */
uint32_t shim_plan_blocks(const struct shim_plan *plan, struct shim_range *blocks);

/* The module of this kind, or NULL. */
const struct shim_module *shim_module_of(const struct shim_plan *plan,
                                         enum shim_module_kind kind);

const char *shim_module_word(enum shim_module_kind kind);

/* The same for people: under native the hypervisor is not called Xen. */
const char *shim_plan_module_word(const struct shim_plan *plan, enum shim_module_kind kind);

#endif
