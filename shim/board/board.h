/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The board: what its tree says of memory, DMA and on-chip memory. The survey fills it
 * in; nothing changes it afterwards. Numbers that follow from it are functions.
 */
#ifndef DTSHIM_BOARD_BOARD_H
#define DTSHIM_BOARD_BOARD_H

#include <dtshim/facts.h>
#include <dtshim/policy.h>

#include "shim/board/sram.h"

/* What is known of a node's DMA (one byte a node). */
enum shim_dma {
    SHIM_DMA_NONE,        /* cannot master DMA: no device, or known not to */
    SHIM_DMA_UNPROTECTED, /* may master DMA, and nothing proves it protected */
    SHIM_DMA_PROTECTED,   /* every stream goes through a driven IOMMU */
    SHIM_DMA_BLOCKED,     /* behind a driven IOMMU that will not let it through */
};

enum shim_coverage { SHIM_COVERAGE_NONE, SHIM_COVERAGE_SOME, SHIM_COVERAGE_ALL };

/* An IOMMU; board->iommus has them in document order. */
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

/* How a stock kernel is told the constant offset (offset-in = dma-ranges or both). */
enum shim_carrying {
    SHIM_CARRY_NOT,  /* nothing is to be told */
    SHIM_CARRY_BUS,  /* dma-ranges of the bus are rewritten, or written */
    SHIM_CARRY_HOOK, /* a dma-mem parent of its own */
    SHIM_CARRY_LOST, /* it cannot be told: the device must not be used */
};

/*
 * What dma-ranges say to the devices that resolve to one node, as Linux 6.1
 * reads them; board->windows. The first one stands for all devices that no
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

/* A device that may master DMA; board->dma_facts has them in document order. */
struct shim_dma_facts {
    uint32_t node;
    uint32_t window;         /* index in board->windows */
    uint32_t carrier;        /* the node whose dma-ranges may carry the offset; SHIM_NONE */
    bool coherent;
    bool inherits_coherent;  /* from a bus, not by a property of its own */
    enum shim_carrying carrying;
};

struct shim_board {
    /* memory */
    uint32_t *memory_nodes;
    uint32_t memory_node_count; /* 0: the tree has none, RAM was told otherwise */
    bool *off_limits;         /* for each node, see shim_plan_off_limits() */
    struct shim_ranges ram;
    struct shim_ranges reserved; /* /memreserve/ and static /reserved-memory */
    struct shim_ranges unmapped; /* of those, the no-map ones */
    bool ram_told;              /* RAM is the policy's or the boot loader's, not the tree's */

    /* iommu */
    uint8_t *dma;               /* enum shim_dma of each node */
    struct shim_iommu *iommus;
    uint32_t iommu_count;
    struct shim_legacy_user **legacy; /* of each node; NULL: no IOMMU has mmu-masters */
    bool iommus_off;            /* Xen's command line says so */
    uint32_t blocked;           /* devices whose DMA Xen will not let through */
    uint32_t masters;
    uint32_t protected_masters;
    enum shim_coverage coverage;

    /* dma */
    struct shim_dma_facts *dma_facts; /* masters of them */
    struct shim_window *windows;
    uint32_t window_count;      /* at least 1 after the pass */
    uint32_t tightest;          /* master (index) with the smallest window; SHIM_NONE: none */

    /* sram */
    struct shim_sram_region *srams;
    struct shim_sram_region **srams_end;
    struct shim_sram_run *sram_runs; /* ascending; a partition of the regions' pages */
    uint32_t sram_run_count;
};

#endif
