/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sight: what one release of Xen reads from a tree before it hands out memory. Xen reads a
 * tree differently from Linux, and each release differently from the others: nothing here
 * uses the survey of shim/board, which is Linux's reading.
 *
 * Follows early_scan_node() and what it calls (xen/arch/arm/bootfdt.c, setup.c of 4.17;
 * xen/common/device-tree/bootinfo-fdt.c, bootinfo.c from 4.20).
 */
#ifndef DTSHIM_MODEL_SIGHT_H
#define DTSHIM_MODEL_SIGHT_H

#include <dtshim/facts.h>

#include "shim/base/range.h"
#include "shim/fdt/slots.h"
#include "shim/fdt/tree.h"
#include "shim/model/entry.h"
#include "shim/model/kinds.h"
#include "shim/model/release.h"
#include "shim/model/stop.h"

enum { SHIM_XEN_IGNORED_MAX = 32 };

enum shim_xen_arch { SHIM_XEN_ARM64, SHIM_XEN_ARM32 };

struct shim_xen_module {
    enum shim_module_kind kind; /* as Xen takes it: by compatible, else by order */
    uint32_t node;              /* SHIM_NONE: Xen, the tree, linux,initrd-start's, or one of
                                   boot->more */
    uint32_t domain;            /* the xen,domain node that it belongs to; SHIM_NONE: dom0 */
    struct shim_range at;
    bool assumed;              /* its size, as none is given */
    bool guessed;               /* by order */
    const char *line;           /* its bootargs, or NULL */
};

/* What is booted, apart from the tree. */
struct shim_xen_boot {
    const struct shim_release *release;
    enum shim_xen_arch arch;
    enum shim_xen_entry entry;
    const struct shim_range *firmware; /* RAM, where memory nodes do not say it */
    uint32_t firmware_count;
    bool static_memory;      /* CONFIG_STATIC_MEMORY */
    bool static_shm;         /* CONFIG_STATIC_SHM */
    bool gic_v3;             /* 32 bits: CONFIG_GICV3, of releases that can have it */
    bool smmu_v3;            /* CONFIG_ARM_SMMU_V3 */
    bool no_coloring;        /* it is known to be without CONFIG_LLC_COLORING */
    struct shim_span other_iommus; /* compatibles of those that it drives apart from SMMUs */
    struct shim_range image; /* where Xen is started, with its bss; size 0: not known */
    struct shim_range tree;  /* where the tree is; size 0: not known */
    /* What only the hardware knows; 0: not known. */
    uint32_t gic_lines;      /* interrupts that the GIC has, with the first 32 */
    uint32_t gicv2m_typer;   /* MSI_TYPER of its GICv2m frame */
    /*
     * Modules that will have nodes later, after those that have one. Size 0: there is one, but
     * its place is not known.
     */
    const struct shim_xen_module *more;
    uint32_t more_count;
    struct shim_xen_kinds kinds; /* of this tree's nodes, if they were found before */
    struct shim_xen_walked *walked; /* kept from one release to the next; NULL: it is for one */
};

/* Was it run, and compared with its forecasts? */
static inline bool shim_was_run(const struct shim_xen_boot *boot)
{
    return boot->arch == SHIM_XEN_ARM32 ? boot->release->run_32 : boot->release->run;
}

enum shim_bank_kind {
    SHIM_BANK_RAM,
    SHIM_BANK_REGION,     /* /reserved-memory */
    SHIM_BANK_MEMRESERVE, /* /memreserve/; before 4.19 not a bank, but kept free in the same way */
    SHIM_BANK_HEAP,       /* xen,static-heap */
    SHIM_BANK_DOMAIN,     /* xen,static-mem */
    SHIM_BANK_SHARED,     /* xen,shared-mem */
};

struct shim_xen_bank {
    struct shim_range at;
    enum shim_bank_kind kind;
    uint32_t node;           /* that has it; SHIM_NONE: /memreserve/ */
};

struct shim_xen_banks {
    struct shim_xen_bank *at;
    uint32_t count;
};

/* A module that Xen reads and drops, silently or with a message that does not stop it. */
struct shim_xen_ignored {
    struct shim_xen_module module;
    const char *why;
    const char *remedy;
};

struct shim_sight {
    const struct shim_tree *tree;
    const struct shim_xen_boot *boot;
    struct shim_arena *arena;

    struct shim_slots others;       /* of boot->other_iommus, see word_set.h */
    struct shim_xen_kinds kinds;    /* of the tree's nodes */
    struct shim_xen_banks ram;      /* as Xen keeps them: ascending, not merged */
    struct shim_xen_banks reserved; /* likewise, in Xen's order */
    struct shim_xen_module modules[SHIM_XEN_MODULES_MAX];
    uint32_t module_count;
    const char *xen_line;           /* Xen's own command line; "" when there is none */
    const char *dom0_line;          /* dom0's, or NULL */
    bool static_heap;               /* xen,static-heap is there: nothing else is handed out */
    /* Places of Xen, the tree or a module are not known: they are not in `modules`. */
    bool unknown_places;
    struct shim_xen_ignored *ignored; /* the first SHIM_XEN_IGNORED_MAX */
    uint32_t ignored_count;
    /*
     * What makes Xen stop reading, at the node `unread` (SHIM_NONE: all is read). From 4.19 on
     * it is a stop, too; before, Xen goes on with what it has, without anything after that node.
     */
    struct shim_stop misread;
    uint32_t unread;
    struct shim_stop stop;          /* the first one, if any */
    struct shim_stop late;          /* what stops Xen if nothing else does before dom0 is built */
};

/*
 * Reads the tree as the release does. sight->tree, boot and arena are filled in, the rest is
 * zero. A tree on which Xen stops is not an error: sight->stop is set, and has what Xen would
 * have read up to there. Errors: SHIM_E_MEMORY.
 */
enum shim_code shim_xen_see(struct shim_sight *sight, struct shim_error *error);

/* Is a module's path short enough? fdt_get_path() counts a "/" after each name. */
bool shim_xen_takes_path(const struct shim_tree *tree, uint32_t node);

/* The module of this kind that is dom0's (Xen and the tree: the machine's), or NULL. */
const struct shim_xen_module *shim_sight_module(const struct shim_sight *sight,
                                                enum shim_module_kind kind);

/* Xen builds no dom0: all kernels are domains' (is_dom0less_mode()). */
bool shim_sight_dom0less(const struct shim_sight *sight);

/* The value of a word of Xen's command line ("dom0_mem"); the last one counts. at NULL: none. */
struct shim_span shim_sight_word(const struct shim_sight *sight, const char *word);

/*
 * RAM that the boot allocator is given (populate_boot_allocator()), ascending, whole pages,
 * page 0 among them; false: no memory for the list, which gets `spare` places for more.
 * Pieces that touch are not joined, as in Xen: no allocation is in two of them. On 32
 * bits Xen takes its xenheap out of this.
 */
bool shim_sight_free(const struct shim_sight *sight, struct shim_ranges *free, uint32_t spare);

#endif
