// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "option_table.h"

#define LOADS ", of plan with --load-addresses"

static const struct known plain[PLAIN_OPTIONS] = {
    { { "output", required_argument, NULL, 'o' }, APPLY | FORECAST, NULL, "OUT",
      "apply: the output file, or - for standard output; for several files a directory, which is made "
      "if OUT ends in /. forecast: write the tree that dom0 will see to OUT" },
    { { "jobs", required_argument, NULL, 'j' }, OF_FILES, NULL, "N",
      "process N files in parallel; default: 1" },
    { { "verbose", no_argument, NULL, 'v' }, PLAN | CHECK, NULL, NULL,
      "list every node instead of one line for many that are alike, and all details" },
    { { "quiet", no_argument, NULL, 'q' }, OF_FILES, NULL, NULL,
      "print only the verdict: one line for each file" },
    { { "json", no_argument, NULL, OPTION_JSON }, PLAN | FORECAST | CHECK | EXPLAIN, NULL, NULL,
      "print JSON; for several files an array. check: with --list-rules only" },
    { { "list-rules", no_argument, NULL, OPTION_RULES }, CHECK, NULL, NULL,
      "list the rules of check, with the reason and the remedy of each" },
    { { "help", no_argument, NULL, 'h' }, ALL, NULL, NULL,
      "print this help; after a command, the help of that command" },
    { { "version", no_argument, NULL, OPTION_VERSION }, ALL, NULL, NULL, "print the version" },
    { { "load-addresses", no_argument, NULL, OPTION_LOAD }, PLAN, NULL, NULL,
      "print U-Boot commands that set the load address of each file, so that the boot copies "
      "nothing" },
    { { "map", no_argument, NULL, OPTION_MAP }, PLAN, NULL, NULL,
      "print the memory map as a picture instead of the plan" },
    { { "xen-at", required_argument, NULL, OPTION_AT + LOADED_XEN }, LOOK_AHEAD, NULL, "ADDRESS",
      "where Xen is when it starts, if the tree does not give the address" },
    { { "kernel-at", required_argument, NULL, OPTION_AT + LOADED_KERNEL }, LOOK_AHEAD, NULL,
      "ADDRESS", "where the kernel is when Xen starts" },
    { { "ramdisk-at", required_argument, NULL, OPTION_AT + LOADED_RAMDISK }, LOOK_AHEAD, NULL,
      "ADDRESS", "where the ramdisk is when Xen starts" },
    { { "tree-at", required_argument, NULL, OPTION_TREE_AT }, LOOK_AHEAD, NULL, "ADDRESS",
      "where the tree is when Xen starts" },
    { { "entry", required_argument, NULL, OPTION_ENTRY }, LOOK_AHEAD, NULL, "HOW",
      "how Xen is started: image (by U-Boot's booti or by dtshim, default) or uefi (by its own UEFI "
      "stub, without dtshim)" },
    { { "efi-map", required_argument, NULL, OPTION_EFI_MAP }, LOOK_AHEAD, NULL, "FILE",
      "with --entry uefi: the firmware's memory map, as the UEFI shell's memmap prints it; Xen "
      "takes its RAM from this map" },
    { { "live", optional_argument, NULL, OPTION_LIVE }, OF_FILES, NULL, "FOLDER",
      "use the tree and RAM of the running Linux (needs root), or FOLDER's copies of "
      "/sys/firmware/fdt and /proc/iomem. check in Xen's dom0 checks that the record holds; its "
      "FILE is the tree that Xen was given" },
    { { "overlay", required_argument, NULL, OPTION_OVERLAY }, OF_FILES | DIFF, NULL, "FILE",
      "merge a .dtbo into each tree first, as fdtoverlay does; give it again for more, in order. "
      "diff with one tree shows what the overlays change" },
    { { "stage", required_argument, NULL, OPTION_LOADED + LOADED_STAGE }, PLAN, LOADS, "FILE",
      "dtshim.img, for --load-addresses" },
    { { "xen", required_argument, NULL, OPTION_LOADED + LOADED_XEN }, OF_FILES | EXPLAIN, NULL, "FILE",
      "the Xen that will be started: its release is the one that the tree is for" },
    { { "kernel", required_argument, NULL, OPTION_LOADED + LOADED_KERNEL }, PLAN | LOOK_AHEAD, LOADS,
      "FILE", "dom0's kernel; plan: for --load-addresses" },
    { { "ramdisk", required_argument, NULL, OPTION_LOADED + LOADED_RAMDISK }, PLAN | LOOK_AHEAD, LOADS,
      "FILE", "dom0's ramdisk; plan: for --load-addresses. A size that nothing gives is assumed" },
};

const uint32_t forecast_takes = 1u << SHIM_POLICY_RAM | 1u << SHIM_POLICY_KERNEL_BITS |
                                1u << SHIM_POLICY_IOMMU_DRIVERS | 1u << SHIM_POLICY_XEN_FEATURES |
                                1u << SHIM_POLICY_XEN_VERSION;

/* ---- the policy ------------------------------------------------------------------------------ */

/* Its own table has the names and kinds. */
static const struct { const char *preset, *help; } policy[SHIM_POLICY_FIELDS] = {
    [SHIM_POLICY_CONTRACT] = { "xen",
        "what takes over the tree: xen (stock Xen), native, or none (the tree is not changed)" },
    [SHIM_POLICY_LAYOUT] = { "auto",
        "direct (dom0's guest addresses are machine addresses) or offset; auto: direct, unless "
        "passthrough names devices" },
    [SHIM_POLICY_DOM0_MEM] = { "dom0_mem= of xen,xen-bootargs, else 512M, or half of RAM (a power "
                               "of two) if RAM is under 1 GiB",
        "size of dom0's memory" },
    [SHIM_POLICY_DOM0_BASE] = { "the lowest RAM that can be used",
        "guest physical base address of dom0's memory" },
    [SHIM_POLICY_MACHINE_BASE] = { "the lowest block that fits",
        "machine base address of dom0's memory" },
    [SHIM_POLICY_IPA_BITS] = { "40",
        "number of guest physical address bits: limits every address that is offered" },
    [SHIM_POLICY_OFFSET_IN] = { "property",
        "where an offset is written under native: property, dma-ranges or both" },
    [SHIM_POLICY_HYPERVISOR] = { "xen,xen-4.17 xen,xen",
        "compatible strings of /hypervisor under native" },
    [SHIM_POLICY_IOMMU_DRIVERS] = { "arm,smmu-v1 arm,smmu-v2 arm,mmu-400 arm,mmu-401 arm,mmu-500",
        "compatible strings of the IOMMUs that the hypervisor has drivers for" },
    [SHIM_POLICY_ON_ERROR] = { "halt",
        "what the boot stage does after an error: halt, or pass-through (boot with the unchanged "
        "tree)" },
    [SHIM_POLICY_RAM] = { NULL,
        "RAM, for a tree that firmware fills in: 0x80000000:2G ..., or only the size if the tree has "
        "the base" },
    [SHIM_POLICY_KERNEL_BITS] = { "that of --kernel FILE, else of the cores in the tree",
        "32 or 64: the kind of kernel that dom0 has" },
    [SHIM_POLICY_IOMMU_NO_STAGE2] = { NULL,
        "paths of IOMMUs without a second stage, which no hypervisor can drive" },
    [SHIM_POLICY_MEMORY_TYPES] = { NULL,
        "path=type ...: on-chip memory as device-ngnre, device-gre, normal-nc or normal-wb" },
    [SHIM_POLICY_REGIONS] = { "auto",
        "auto, or none: the tree does not list all devices" },
    [SHIM_POLICY_MACHINE_BLOCKS] = { NULL,
        "several machine blocks for the memory of a xen,domain, in guest order (needs static-mem)" },
    [SHIM_POLICY_PASSTHROUGH] = { NULL,
        "devices for a xen,domain, by path, alias or compatible; all-dma: every DMA master" },
    [SHIM_POLICY_DOMAIN_NAME] = { "dom0",
        "name of the xen,domain that layout offset makes" },
    [SHIM_POLICY_XEN_FEATURES] = { NULL,
        "what this Xen is built with: static-mem (CONFIG_STATIC_MEMORY), static-shm, llc-coloring, "
        "gicv3 (32 bits only); or none" },
    [SHIM_POLICY_XEN_VERSION] = { "the release of --xen FILE, else both of Debian's",
        "release of Xen, for example 4.20" },
};

static const struct { const char *name, *argument; } kinds[] = {
    [SHIM_KIND_CHOICE] = { "choice", "WORD" }, [SHIM_KIND_BYTES] = { "bytes", "BYTES" },
    [SHIM_KIND_COUNT] = { "count", "N" }, [SHIM_KIND_STRINGS] = { "strings", "STRINGS" },
    [SHIM_KIND_RANGES] = { "ranges", "RANGES" }, [SHIM_KIND_RELEASE] = { "release", "X.Y" },
};

const char *policy_kind(unsigned field)
{
    return kinds[shim_policy_table[field].kind].name;
}

const char *policy_default(unsigned field)
{
    return policy[field].preset;
}

struct known known_option(unsigned i)
{
    unsigned field = i - PLAIN_OPTIONS;

    if (i < PLAIN_OPTIONS)
        return plain[i];
    return (struct known){
        { shim_policy_table[field].name, required_argument, NULL, OPTION_POLICY + (int)field },
        OF_FILES | EXPLAIN, NULL, kinds[shim_policy_table[field].kind].argument,
        policy[field].help };
}
