/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The board: its memory, DMA and on-chip memory, as read from its tree. The survey fills it in;
 * nothing changes it afterwards. Numbers that follow from it are functions. Addresses are in
 * bytes; all of it is in the survey's arena.
 */
#ifndef DTSHIM_BOARD_BOARD_H
#define DTSHIM_BOARD_BOARD_H

#include <dtshim/facts.h>
#include <dtshim/policy.h>

#include "shim/board/notes.h"
#include "shim/board/sram.h"
#include "shim/fdt/slots.h"
#include "shim/fdt/tree.h"

/* What is known of a node's DMA (one byte per node). */
enum shim_dma {
    SHIM_DMA_NONE,        /* cannot master DMA: not a device, or known not to */
    SHIM_DMA_UNPROTECTED, /* may master DMA, and nothing proves it protected */
    SHIM_DMA_PROTECTED,   /* every stream goes through a driven IOMMU */
    SHIM_DMA_BLOCKED,     /* behind a driven IOMMU that will not let it through */
};

enum shim_coverage { SHIM_COVERAGE_NONE, SHIM_COVERAGE_SOME, SHIM_COVERAGE_ALL };

struct shim_board;

/* Memory that is given to others before dom0 has any, and the node that states it. */
struct shim_claim {
    uint32_t node;
    uint32_t entry; /* which of the node's ranges it is, from 1 on */
    struct shim_range at;
};

/*
 * How the next stage treats IOMMUs. A contract provides it, so that the survey does not depend
 * on the contract.
 */
struct shim_guard {
    enum shim_name away;      /* a node with this property is not dom0's, and drives nothing */
    const char *away_flaw;    /* the flaw of an IOMMU that has it */
    const char *map_flaw;     /* the flaw of a PCI host with iommu-map; NULL: it is read */
    bool blocks;              /* streams that it does not know fault */
    /* Why it drives none at all; NULL: it does. */
    const char *(*off)(const struct shim_board *board);
    /*
     * Why it does not drive an IOMMU, apart from what the survey finds ("names an IOMMU that ...");
     * and why some streams of a device are not translated although they seem to be. NULL: it
     * does, they are; no function: it does what the tree says.
     */
    const char *(*undriven)(const struct shim_board *board, uint32_t iommu);
    const char *(*untranslated)(const struct shim_board *board, uint32_t node);
    /* Is an IOMMU that it does not drive left to dom0's kernel? NULL: none is. */
    bool (*left)(const struct shim_board *board, uint32_t iommu);
    /* An IOMMU that dom0 will not see, with all that is below it; NULL: there is none. */
    bool (*hides)(const struct shim_board *board, uint32_t iommu);
    /* The claim after this one, the first one after { 0 }; false: no more. NULL: no claims. */
    bool (*next_claim)(const struct shim_board *board, struct shim_claim *claim);
};

/* An IOMMU; board->iommus has them in document order. */
struct shim_iommu {
    uint32_t node;
    uint32_t users;   /* available devices that name it */
    uint32_t last_user;
    const char *flaw; /* why it protects nothing ("names an IOMMU that ..."); NULL: it does */
    bool dom0s;       /* it is left to dom0's kernel, which drives it */
};

/* An IOMMU with a device in its mmu-masters; `next` is another one for that device. */
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

/*
 * What dma-ranges mean for the devices that resolve to one node, as Linux 6.1
 * reads them; board->windows. The first one is for all devices that no dma-ranges
 * limit: it has no entries, bus and CPU addresses are the same.
 */
struct shim_window {
    uint32_t node;              /* the node with the dma-ranges, or SHIM_NONE */
    struct shim_window_entry *at;
    uint32_t count;
    struct shim_ranges reached; /* CPU addresses; count 0: all */
    uint32_t like;              /* the first window with the same entries, may be this one */
};

/* A device that may master DMA; board->masters has them in document order. */
struct shim_master {
    uint32_t node;
    uint32_t iommu;         /* the first driven one that it is behind, or SHIM_NONE */
    uint32_t dom0s_iommu;   /* the first one that it is behind and dom0 drives, or SHIM_NONE */
    const char *flaw;       /* why not all its streams are translated; NULL: they are */
    const char *cause;      /* the same string for all with the same flaw */
    uint32_t window;        /* index in board->windows */
    bool decides;           /* where dom0 goes: it has a window, and is not a bystander */
    bool coherent;
    bool inherits_coherent; /* from a bus, not by a property of its own */
};

/* One of a device's registers, as the CPU sees it. */
struct shim_reg {
    struct shim_range at;
    uint32_t node;
};

struct shim_board {
    /* input of the survey */
    const struct shim_tree *tree;
    const struct shim_policy *policy;
    const struct shim_facts *facts;
    const struct shim_guard *guard;
    bool (*hides)(const struct shim_board *board, uint32_t iommu); /* the guard's, or NULL */
    const uint8_t *told;       /* for each node, what the guard knows about it; NULL: nothing */
    const uint16_t *kept;      /* for each node, 0 or why dom0 is not given it; NULL: all 0 */
    struct shim_arena *arena;
    struct shim_range ramdisk; /* its place is free once it has been moved; size 0: none */

    struct shim_notes notes;

    struct shim_reg *regs;       /* of all nodes, in document order: many ask for their places */
    uint32_t reg_count;

    /* memory */
    uint32_t *memory_nodes;
    uint32_t memory_node_count;  /* 0: the tree has none, RAM was given in another way */
    bool *off_limits;            /* for each node, see shim_off_limits() */
    struct shim_ranges ram;
    struct shim_ranges reserved; /* /memreserve/, static /reserved-memory, and claims */
    struct shim_ranges unmapped; /* of those, the no-map ones */
    bool ram_told;               /* RAM is from the policy or the boot loader, not the tree */

    /* DMA */
    const char *no_iommus;       /* why none is driven; NULL: those without a flaw are */
    struct shim_slots drivers;   /* of the policy's iommu-drivers, see shim_has_driver() */
    const bool *no_stage2;       /* the IOMMUs of iommu-no-stage2; NULL: it names none */
    uint8_t *dma;                /* enum shim_dma of each node */
    struct shim_iommu *iommus;
    uint32_t iommu_count;
    struct shim_legacy_user **legacy; /* of each node; NULL: no IOMMU has mmu-masters */
    struct shim_master *masters;
    uint32_t master_count;
    struct shim_window *windows;
    uint32_t window_count;       /* at least 1 */

    /* SRAM */
    struct shim_sram_region *srams;
    struct shim_sram_region **srams_end;
    struct shim_sram_run *sram_runs; /* ascending; a partition of the regions' pages */
    uint32_t sram_run_count;
};

/* ---- the survey ------------------------------------------------------------------------ */

/*
 * The first part: where RAM is, and what of it is reserved. The input of the survey is
 * filled in, the rest is zero.
 * Errors: SHIM_E_NO_RAM, SHIM_E_VALUE, SHIM_E_MEMORY.
 */
enum shim_code shim_survey_memory(struct shim_board *board, struct shim_error *error);

/*
 * Which devices master DMA, behind which IOMMUs.
 * Errors: SHIM_E_VALUE, SHIM_E_POLICY, SHIM_E_MEMORY.
 */
enum shim_code shim_survey_iommus(struct shim_board *board, struct shim_error *error);

/* Which addresses each master reaches. Errors: SHIM_E_MEMORY. */
enum shim_code shim_survey_windows(struct shim_board *board, struct shim_error *error);

/* On-chip memory. Errors: SHIM_E_POLICY, SHIM_E_MEMORY. */
enum shim_code shim_survey_srams(struct shim_board *board, struct shim_error *error);

/* Everything after the first part. Errors: those of its parts. */
enum shim_code shim_survey(struct shim_board *board, struct shim_error *error);

/* ---- what follows from it ----------------------------------------------------------------- */

/*
 * Is the node part of something that is deleted, moved or made anew as a whole: memory
 * nodes, /reserved-memory, dtshim's own nodes? No device is in there.
 */
static inline bool shim_off_limits(const struct shim_board *board, uint32_t node)
{
    return board->off_limits[node];
}

/* One of the root's children that dtshim makes, left by an earlier run: made anew. */
bool shim_is_own_name(const char *name);

static inline bool shim_is_own_node(const struct shim_tree *tree, uint32_t node)
{
    return tree->nodes[node].parent == SHIM_ROOT && shim_is_own_name(shim_node_name(tree, node));
}

bool shim_is_memory_node(const struct shim_board *board, uint32_t node);

/* Where the tree states RAM: the first memory node, or the root. */
uint32_t shim_memory_node(const struct shim_board *board);

/*
 * /reserved-memory: the node with exactly that name, which Xen looks for in letters of any case;
 * or else the first one with a unit address, which Linux 5.16 and later accept, too
 * (fdt_path_offset()). SHIM_NONE: there is none. And is this child of the root such a node?
 */
uint32_t shim_reserved_memory(const struct shim_tree *tree);
bool shim_is_reserved_memory(const struct shim_tree *tree, uint32_t node);

/* SHIM_E_MEMORY, in words. */
enum shim_code shim_no_room_for_map(struct shim_error *error);

/* The memory node with the RAM at this address; else, where RAM was given, the first one. */
uint32_t shim_memory_node_at(const struct shim_board *board, uint64_t address);

/* A boot loader reserves the ramdisk's place, which is free again once it has been moved. */
static inline bool shim_reserves_ramdisk(const struct shim_board *board, struct shim_range entry)
{
    return board->ramdisk.size && entry.base == board->ramdisk.base &&
           entry.size == board->ramdisk.size;
}

/* The node that reserves or claims part of the range; SHIM_NONE when /memreserve/ does. */
uint32_t shim_reserver_of(const struct shim_board *board, struct shim_range range);

/*
 * Is any of the range in RAM that is used as memory? A no-map region is not, neither by Xen nor
 * by Linux: on-chip memory and other registers may be there.
 */
bool shim_meets_ram(const struct shim_board *board, struct shim_range range);

/* RAM is set by the policy. */
bool shim_ram_by_policy(const struct shim_board *board);

/* The master at this node, or NULL: it masters no DMA. */
const struct shim_master *shim_master_at(const struct shim_board *board, uint32_t node);

/* Do these two reach the same, in the same way, and count for as much? */
bool shim_fare_alike(const struct shim_board *board, const struct shim_master *a,
                     const struct shim_master *b);

/* How many masters have this verdict. */
uint32_t shim_count_masters(const struct shim_board *board, enum shim_dma verdict);

/* How many of the masters are protected, and its word: "none", "some", "all". */
enum shim_coverage shim_coverage(const struct shim_board *board);
const char *shim_coverage_word(enum shim_coverage coverage);

/* The window's CPU addresses in bytes; 0: all. */
uint64_t shim_window_total(const struct shim_window *window);

/* Bytes of the range that the window does not reach. */
uint64_t shim_window_misses(const struct shim_window *window, struct shim_range range);

/* The master with the smallest window that counts; NULL: no dma-ranges limit one. */
const struct shim_master *shim_tightest(const struct shim_board *board);

#endif
