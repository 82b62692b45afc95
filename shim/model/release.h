/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Xen by release, as a device tree meets it. What all releases have in common are constants
 * here; what one of them has otherwise is a column of the table. Releases are told by their
 * minor number: 17 is Xen 4.17. Where a stable series changed on its way, the row has the
 * stricter reading.
 */
#ifndef DTSHIM_MODEL_RELEASE_H
#define DTSHIM_MODEL_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

enum { SHIM_XEN_OLDEST = 17, SHIM_XEN_NEWEST = 22,
       SHIM_XEN_FIRST_RELEASE = 400 + SHIM_XEN_OLDEST,  /* as shim_scan_release() has them */
       SHIM_XEN_LAST_RELEASE = 400 + SHIM_XEN_NEWEST };

/* 4.17 to 4.22. */
enum {
    SHIM_XEN_TREE_MAX = 2 << 20,        /* MAX_FDT_SIZE */
    SHIM_XEN_BANKS_MAX = 256,           /* NR_MEM_BANKS: of memory, and of reserved memory */
    SHIM_XEN_MODULES_MAX = 32,          /* MAX_MODULES */
    SHIM_XEN_CMDLINE_MAX = 1024,        /* BOOTMOD_MAX_CMDLINE, with its NUL */
    SHIM_XEN_NAME_MAX = 41,             /* DT_MAX_NAME, with its NUL */
    SHIM_XEN_MODULE_DEPTH = 3,          /* early_scan_node() */
    SHIM_XEN_MODULE_PATH_MAX = 92,      /* path[] of process_multiboot_node(), with its NUL */
    SHIM_XEN_DEPTH_MAX = 16,            /* DEVICE_TREE_MAX_DEPTH: it reads no node that deep */
    SHIM_XEN_SHARED_MAX = 32,           /* NR_SHMEM_BANKS */
    SHIM_XEN_FRAGMENTS_MAX = 256,       /* bootmem_region_add(): a page of regions */
    SHIM_XEN_HEAP_ALIGNMENT = 64 << 10, /* of xen,static-heap (booting.txt) */
    /* Xen builds dom0's tree in the size of this one: what apply leaves free, what check wants. */
    SHIM_XEN_SLACK = 16 << 10,
    SHIM_XEN_SLACK_LEAST = 4 << 10,
};

/*
 * Which entries of the list of reserved memory may not meet one another: where they do, Xen
 * reads no further.
 */
enum shim_overlap {
    SHIM_OVERLAP_ALLOWED,
    SHIM_OVERLAP_REGIONS,    /* regions: not each other, modules, Xen, the tree */
    SHIM_OVERLAP_ALL,        /* nor /memreserve/ */
    SHIM_OVERLAP_BUT_INSIDE, /* the same, but a region may lie inside a /memreserve/ entry */
};

struct shim_release {
    uint8_t minor;
    char name[5];
    bool run, run_32;          /* with 64 and with 32 bits; false: that comes from its source alone */

    /* what it reads */
    bool reads_status;         /* of memory nodes and the children of /reserved-memory */
    bool memory_at_root;       /* RAM is said at depth 1 with device_type alone */
    uint8_t stops_at_depth;    /* a node that deep; 0: it does not matter */
    bool stops_on_misread;     /* what it cannot read stops it; else it goes on without the rest */
    bool joins_map;            /* under UEFI banks that touch are one */
    bool counts_memreserve;    /* among the SHIM_XEN_BANKS_MAX reserved banks */
    bool drops_meeting_module; /* a module that meets a region or another module is not there */
    bool reads_stream_masks;   /* of SMMU v1 and v2 specifiers */
    bool leaves_half_behind;   /* a device with an IOMMU behind others that is disabled: to none */
    bool reads_iommu_map;      /* for PCI, with pci-passthrough=on */
    bool gates_static_memory;  /* xen,static-mem is read with CONFIG_STATIC_MEMORY alone */
    bool knows_microcode;      /* "multiboot,microcode" is no module to guess the kind of */
    bool shared_apart;         /* shared memory is a list of its own, of SHIM_XEN_SHARED_MAX */

    /*
     * Where it may be loaded: here and above, and below; 0: no limit. What does not start is
     * less than that: an address between the two of the clash, both good themselves.
     */
    uint64_t lowest, highest;
    uint64_t clash_from, clash_to;

    enum shim_overlap overlap;

    /* how large a tree is that it makes */
    uint32_t dom0_tree_more;   /* bytes that dom0's may have beyond the host's */
    uint32_t domain_tree;      /* bytes that a domain's may have */

    /* what it then does */
    uint8_t direct_map;        /* slots of 512 GiB that RAM is mapped in, 64 bits */
    bool bounds_frame_table;   /* it stops where the frame table has no room for all RAM; before,
                                  the table goes on behind it */
    bool keeps_packed;         /* where there is a static heap it frees no packed kernel's memory */
    bool table_by_group;       /* the frame table: a piece for each run of groups with RAM */
    bool mends_cortex_a53;     /* erratum 1530924, which takes page tables for nobody */
    bool frames_by_offset;     /* frame numbers may be compressed by offset, not only by mask */
    bool coloring;             /* llc-coloring=on: dom0 is not 1:1 */
    bool coloring_ascending;   /* and its banks are taken in ascending order */
    bool stops_on_wrong_path;  /* xen,path without a node; else the domain lacks the device */
    bool regions_short;        /* extended regions are without their last page, and so 2 MiB */
    bool regions_keep_off;     /* a domain's extended regions keep off its xen,reg */
    bool gic_v3_32;            /* 32 bits may be built with GICv3; by default they are not */
    bool hardware_domain;      /* a domain of the tree may be the hardware domain */
    bool d0;                   /* the log says "d0" where earlier ones say "dom0" */
    bool stops_with_d0;        /* and where it stops, for "hwdom" and "DOM0" */
    bool invalid_virq;         /* its words for an interrupt that the GIC does not have */

    /* dom0's tree */
    bool hides_chosen;         /* xen,static-heap, and nodes of domains, shared memory, channels */
    bool removes_iommu_map;    /* behind an IOMMU that it drives */
    bool keeps_gic_name;
    bool checks_width;         /* says so itself where a register's address is none */
    bool timer_names;          /* the timer's interrupts go by interrupt-names */
    bool checks_pci_interrupts; /* one of an interrupt-map that it keeps stops it, too */

    /* a domain's tree */
    bool domain_tree_partial;  /* its bytes are those beyond the partial tree's */
    bool gic_regions;          /* its GICv3 node says #redistributor-regions */
    bool gic_needs_phandle;    /* /gic of a partial tree without phandle breaks it */
};

/* The row of a minor number; the newest for a newer one, the oldest for an older one. */
__attribute__((pure))
const struct shim_release *shim_release_row(unsigned minor);

/* Words for one, "4.20", as shim_scan_release() has it. */
struct shim_release_words {
    char s[8];
};
struct shim_release_words shim_release_words(unsigned release);
#define SHIM_RELEASE(release) (shim_release_words((unsigned)(release)).s)

/* The row of a release as shim_scan_release() has it. */
__attribute__((pure))
const struct shim_release *shim_release_named(unsigned release);

#endif
