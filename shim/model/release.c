// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/release.h"

#include "shim/base/text.h"

#define TIB ((uint64_t)1 << 40)

/* Behind each column that is new in a row: the commit that brought it. */
static const struct shim_release releases[] = {
    {
        .minor = 17, .name = "4.17", .run = true, .run_32 = true,
        .stops_at_depth = SHIM_XEN_DEPTH_MAX,
        /* The early identity map clashes with the link address in [2, 4 MiB): virtphys_clash. */
        .lowest = 4 << 20,
        .clash_from = 2 << 20, .clash_to = 4 << 20,
        .direct_map = 9,            /* until 1b9d4ec26b */
        .dom0_tree_more = 128 + 16, /* DOM0_FDT_EXTRA_SIZE */
        .domain_tree = 4096,        /* DOMU_DTB_SIZE */
        .gic_needs_phandle = true,
    },
    {
        .minor = 18, .name = "4.18", .run = false,
        .stops_at_depth = SHIM_XEN_DEPTH_MAX,
        .overlap = SHIM_OVERLAP_REGIONS, /* 6f7d56ccd3, 4f6a291582 */
        .drops_meeting_module = true,    /* add_boot_module() */
        .highest = 2 * TIB,              /* 9d267c049d */
        .gic_v3_32 = true,               /* 291c13af55 */
        .direct_map = 10,                /* 1b9d4ec26b */
        .bounds_frame_table = true,      /* 93017efd7c */
        .stops_on_wrong_path = true,     /* f51c92383b */
        .hides_chosen = true,            /* 290f82375d, c6bda36af0 */
        .timer_names = true,             /* 391f1e135f */
        .checks_pci_interrupts = true,   /* 57d4d7d4e8 */
        .checks_width = true,            /* 133f6df947 */
        .regions_short = true,           /* f37a598139 */
        .dom0_tree_more = 128 + 16,
        .domain_tree = 4096,
        .domain_tree_partial = true,     /* d27d274ffa */
        .gic_needs_phandle = true,
    },
    {
        .minor = 19, .name = "4.19", .run = false,
        .stops_at_depth = SHIM_XEN_DEPTH_MAX,
        .reads_status = true,        /* c419d2dd35 */
        .stops_on_misread = true,    /* 02d0a615b3 */
        .overlap = SHIM_OVERLAP_ALL, /* 53dc37829c; a14593e399 came with 4.19.2 */
        .counts_memreserve = true,   /* 53dc37829c */
        .drops_meeting_module = true,
        .shared_apart = true,        /* 2b557af192 */
        .highest = 10 * TIB,         /* 6cd046c501 */
        .gic_v3_32 = true,
        .direct_map = 10,
        .bounds_frame_table = true,
        .stops_on_wrong_path = true,
        .hides_chosen = true,
        .timer_names = true,
        .checks_pci_interrupts = true,
        .checks_width = true,
        .removes_iommu_map = true,   /* a236b74b96 */
        .regions_short = true,
        .dom0_tree_more = 128 + 16,
        .domain_tree = 4096,
        .domain_tree_partial = true,
        .gic_needs_phandle = true,
    },
    {
        .minor = 20, .name = "4.20", .run = true,
        .stops_at_depth = SHIM_XEN_DEPTH_MAX,
        .reads_status = true,
        .memory_at_root = true,             /* 47d4d3cdc5 */
        .stops_on_misread = true,
        .overlap = SHIM_OVERLAP_BUT_INSIDE, /* a14593e399 */
        .counts_memreserve = true,
        .drops_meeting_module = true,
        /* e888192d13: Debian's 4.20.4+63 has it, 4.20.4 has not; likewise to come after it */
        .gates_static_memory = true,
        .shared_apart = true,
        .reads_stream_masks = true,         /* ef3b4768b3 */
        .mends_cortex_a53 = true,           /* 6279b9a3be */
        .highest = 10 * TIB,
        .keeps_packed = true,               /* 4cde11cdae */
        .gic_v3_32 = true,
        .direct_map = 10,
        .bounds_frame_table = true,
        .coloring = true,                   /* 6cdea3444e */
        .stops_on_wrong_path = true,
        .hides_chosen = true,
        .timer_names = true,
        .checks_pci_interrupts = true,
        .checks_width = true,
        .removes_iommu_map = true,
        .regions_short = true,           /* until 9b21841fd1 */
        .dom0_tree_more = 128 + 16,
        .domain_tree = 4096,
        .domain_tree_partial = true,
        .gic_regions = true,                /* 3679ed232e */
    },
    {
        .minor = 21, .name = "4.21", .run = false,
        .stops_at_depth = SHIM_XEN_DEPTH_MAX,
        .reads_status = true,
        .memory_at_root = true,
        .stops_on_misread = true,
        .overlap = SHIM_OVERLAP_BUT_INSIDE,
        .counts_memreserve = true,
        .joins_map = true,          /* fb9a7f6cf3 */
        .drops_meeting_module = true,
        .gates_static_memory = true,
        .knows_microcode = true,    /* efe0870d4a */
        .shared_apart = true,
        .reads_stream_masks = true,
        .leaves_half_behind = true, /* b8f43b71da */
        .reads_iommu_map = true,    /* 7f661b7b40, ca8f6ffeb6, 63919fc4d1 */
        .mends_cortex_a53 = true,
        .highest = 10 * TIB,
        .keeps_packed = true,
        .gic_v3_32 = true,
        .direct_map = 10,
        .bounds_frame_table = true,
        .frames_by_offset = true,   /* b541c627b2 */
        .coloring = true,
        .stops_on_wrong_path = true,
        .regions_keep_off = true,   /* fba1b0974d, 3af8a6ed8e */
        .hardware_domain = true,    /* df68a4cb7e, 52cb53f181 */
        .stops_with_d0 = true,      /* 23bb5f1a11, 5104e05904 */
        .invalid_virq = true,       /* bdde400c6e */
        .hides_chosen = true,
        .timer_names = true,
        .checks_pci_interrupts = true,
        .checks_width = true,
        .removes_iommu_map = true,
        .keeps_gic_name = true,     /* 0c4b0e6236 */
        .dom0_tree_more = 128 + 16,
        .domain_tree = 4096,
        .domain_tree_partial = true,
        .gic_regions = true,
    },
    {
        .minor = 22, .name = "4.22", .run = false,
        /* .stops_at_depth: 3b717f57dc, in 4.22.0; in 4.20.4 and 4.21.2, too, not before */
        .reads_status = true,
        .memory_at_root = true,
        .stops_on_misread = true,
        .overlap = SHIM_OVERLAP_BUT_INSIDE,
        .counts_memreserve = true,
        .joins_map = true,
        .drops_meeting_module = true,
        .gates_static_memory = true,
        .knows_microcode = true,
        .shared_apart = true,
        .reads_stream_masks = true,
        .leaves_half_behind = true,
        .reads_iommu_map = true,
        .mends_cortex_a53 = true,
        .highest = 10 * TIB,
        .keeps_packed = true,
        .gic_v3_32 = true,
        .direct_map = 10,
        .bounds_frame_table = true,
        .table_by_group = true,            /* 10d417b8b6 */
        .frames_by_offset = true,
        .coloring = true,
        .coloring_ascending = true,        /* af11b93e3e */
        .stops_on_wrong_path = true,
        .regions_keep_off = true,
        .hardware_domain = true,
        .d0 = true,                        /* 7c02572c37 */
        .stops_with_d0 = true,
        .invalid_virq = true,
        .hides_chosen = true,
        .timer_names = true,
        .checks_pci_interrupts = true,
        .checks_width = true,
        .removes_iommu_map = true,
        .keeps_gic_name = true,
        .dom0_tree_more = 4096 + 128 + 16, /* ad6f396a3f */
        .domain_tree = 2048 + 128 * 128,   /* e80f4da85b: 128 for each of MAX_VIRT_CPUS */
        .domain_tree_partial = true,
        .gic_regions = true,
    },
};

const struct shim_release *shim_release_row(unsigned minor)
{
    if (minor < SHIM_XEN_OLDEST)
        minor = SHIM_XEN_OLDEST;
    if (minor > SHIM_XEN_NEWEST)
        minor = SHIM_XEN_NEWEST;
    return &releases[minor - SHIM_XEN_OLDEST];
}

const struct shim_release *shim_release_named(unsigned release)
{
    return shim_release_row(release < 400 ? 0 : release - 400);
}

struct shim_release_words shim_release_words(unsigned release)
{
    struct shim_release_words words = { "" };
    struct shim_text text = shim_text(words.s, sizeof(words.s));

    shim_textf(&text, "%u.%u", release / 100, release % 100);
    return words;
}
