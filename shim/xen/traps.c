// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/traps.h"

#include "shim/plan/write.h"
#include "shim/xen/plan.h"
#include "shim/xen/trap/rows.h"

enum trap {
    CAN_RUN, MEMORY_TYPE, MEMORY_NAME, MEMORY_BANKS, DISABLED_MEMORY, MEMORY_RECORD, RECORD_PLACES, RECORD_DEVICES, CHOSEN_ORDER, SLACK, TAG_PROVEN, OFFSET_SOUND, HYPERVISOR_TWICE,
    COMMAND_LINE, RANGES_COVER, REG_PAGES, REG_IN_DOM0, ROOT_CELLS, BANK_COUNT, RESERVED_FORM, RESERVED_OVERLAP,
    DISABLED_REGION, MEMRESERVE_OVERLAP, MODULES_SEEN,
    TREE_SIZE, MEMORY_DEPTH, HEAP_ALIGNED, IOMMU_SHOWN, IOMMU_MAP_LEFT, IOMMU_BLOCKED, DMA_REACH,
    RECORD_ENTRY, MEMRESERVE_LOST,
    SRAM_PARTS, ROOT_DMA_RANGES, OFFSET_FOREIGN, PASSTHROUGH_REG, PASSTHROUGH_GIC, UNCLAIMED,
    COLORING, IRQ_KEPT, IRQ_EMPTY, IRQ_EXTENDED, IRQ_TYPE, VCPUS, SCRUB, DOMAIN_REGIONS, XEN_STOPS,
    TRAP_COUNT
};

/* since and until; without an end it is in the newest release that was read. */
#define ALL SHIM_XEN_OLDEST, SHIM_XEN_NEWEST
#define SINCE(minor) (minor), SHIM_XEN_NEWEST
#define UNTIL(minor) SHIM_XEN_OLDEST, (minor)

/* The ways into Xen; how they differ is in model/entry.c. */
#define AS_IMAGE .entries = 1 << SHIM_ENTRY_IMAGE
#define BY_UEFI .entries = 1 << SHIM_ENTRY_UEFI

const struct shim_trap shim_traps[] = {
    [CAN_RUN] = { /* plan refuses before it needs RAM; each has its own words */
        "can-run",
        "its cores lack the virtualization extensions, or Xen has no driver for its interrupt "
        "controller or timer",
        "use another board",
        ALL, .alone = true, .stops = "cores\0gic\0timer\0", .find = shim_find_can_run,
    },
    [MEMORY_TYPE] = {
        "memory-type",
        "Xen before 4.20 panics on a memory node without device_type; later releases see no RAM",
        "add device_type = \"memory\"",
        ALL, .stops = "no-memory\0memory-reg\0device-in-dom0\0",
        .find = shim_find_memory_type, .mend.write = shim_mend_memory_type,
    },
    [MEMORY_NAME] = { /* device_tree_node_matches(), 4.17 to 4.22 */
        "memory-name", "Xen does not see the RAM of a node that is not named memory",
        "name it memory@ADDRESS (dtshim apply does this)",
        ALL, AS_IMAGE, .stops = "no-memory\0", .find = shim_find_memory_name, .mend.decide = shim_decide_memory_name,
        .mend.write = shim_mend_memory_name,
    },
    [MEMORY_BANKS] = { /* fb9a7f6cf3 joins them under EFI alone; written with memory-type */
        "memory-banks",
        "Xen keeps them apart: each thing it is given must be inside one bank, and no page in two",
        "dtshim apply joins them",
        ALL, AS_IMAGE, .stops = "banks-meet\0across-banks\0",
        .find = shim_find_memory_banks, .mend.decide = shim_decide_memory_banks,
    },
    [DISABLED_MEMORY] = { /* c419d2dd35 */
        "disabled-memory", "Xen up to 4.18 treats it as RAM, and Linux does not",
        "dtshim apply renames it",
        UNTIL(18), AS_IMAGE, .stops = "memory-reg\0", .find = shim_find_disabled_memory,
        .mend.decide = shim_decide_disabled_memory, .mend.write = shim_mend_disabled_memory,
    },
    [MEMORY_RECORD] = {
        "memory-record", "dom0 would be given different memory than was planned",
        "run dtshim apply again on the original tree",
        ALL, .find = shim_find_memory_record,
    },
    [RECORD_PLACES] = { /* of Xen's own UEFI stub record-entry speaks */
        "record-places",
        "dom0 would be given different memory than was planned: the plan holds with the files at "
        "its places",
        "load the files where load-places of the record says, or start Xen through dtshim, which "
        "moves them; if they are there, run dtshim apply again on the original tree",
        ALL, AS_IMAGE, .find = shim_find_record_places,
    },
    [RECORD_DEVICES] = {
        "record-devices",
        "it was not there when the plan was made: it has no tag, and its DMA window was not "
        "checked",
        "merge overlays into the original tree, and apply to that; dtshim apply --overlay does "
        "both",
        ALL, .find = shim_find_record_devices,
    },
    [CHOSEN_ORDER] = {
        "chosen-order", "Xen lists its static heap as dom0's memory, and dom0 dies",
        "put /chosen before /reserved-memory",
        ALL, .find = shim_find_chosen_order, .mend.write = shim_mend_chosen_order,
    },
    [SLACK] = { /* the room is the contract's slack_min */
        "slack", "Xen gives dom0's tree as much space as this one has, and panics when that is "
                 "full",
        "run dtshim apply (again): it leaves 16 KiB free",
        ALL, AS_IMAGE, .stops = "tree-room\0", /* fdt_increase_size(): the stub makes that room */
        .find = shim_find_slack,
    },
    [TAG_PROVEN] = {
        "tag-proven", "a driver that trusts the tag corrupts memory silently",
        "remove xen-dma-safe, or name the driver in iommu-drivers",
        ALL, .find = shim_find_tag_proven, .mend.write = shim_write_tags,
    },
    [OFFSET_SOUND] = {
        "offset-sound", "DMA goes to the wrong addresses",
        "run dtshim apply again on the original tree",
        ALL, .find = shim_find_offset_sound,
    },
    [HYPERVISOR_TWICE] = {
        "hypervisor-twice",
        "Xen adds a second /hypervisor, and dom0's kernel reads the wrong one",
        "remove the node",
        ALL, .find = shim_find_hypervisor_twice,
    },
    [COMMAND_LINE] = {
        "command-line", "Xen panics on a module's bootargs of more than 1024 characters, and drops "
                        "the last character of exactly 1024",
        "shorten it, or write it as xen,dom0-bootargs in /chosen",
        ALL, .stops = "module-line\0",
        .find = shim_find_command_line,
    },
    [RANGES_COVER] = {
        "ranges-cover", "Xen panics on an address that no ranges cover",
        "widen the bus's ranges; dtshim apply does this, or cuts off what no driver reads",
        ALL, .alike = true, .stops = "address\0",
        .find = shim_find_ranges_cover, .mend.decide = shim_decide_reg,
        .mend.write = shim_mend_ranges_cover,
    },
    [REG_PAGES] = { /* decided with ranges-cover, node by node */
        "reg-pages", "Xen counts pages from the size alone, and leaves the last one unmapped",
        "dtshim apply adds a node with that page for Xen",
        ALL, .alike = true, .find = shim_find_reg_pages, .mend.write = shim_mend_reg_pages,
    },
    [REG_IN_DOM0] = { /* refused where the block is chosen */
        "reg-in-dom0", "Xen maps the registers over dom0's memory, and dom0 loses those pages",
        "run dtshim apply again on the original tree, or give the node xen,passthrough",
        ALL, .stops = "device-in-dom0\0", .find = shim_find_reg_in_dom0,
    },
    [ROOT_CELLS] = { /* written as ext_regions=0 on the command line */
        "root-cells", "Xen cuts the addresses of extended regions to 32 bits in dom0's tree",
        "give the root two address and two size cells, or give Xen ext_regions=0",
        ALL, .find = shim_find_root_cells, .mend.decide = shim_decide_root_cells,
    },
    [BANK_COUNT] = {
        "bank-count", "Xen has room for 256 memory banks and 256 reserved ranges (from 4.19 on, "
                      "/memreserve/ counts too): it panics, or reads no further",
        "join those that touch",
        ALL, .stops = "too-many-banks\0fragments\0",
        .find = shim_find_bank_count, .mend.refuse = shim_refuse_banks,
    },
    [RESERVED_FORM] = {
        "reserved-form",
        "Linux or Xen finds no regions there, or they find different ones: dom0 uses firmware's "
        "memory",
        "dtshim apply writes it so that both read it; or give it the root's cells and ranges",
        ALL, .find = shim_find_reserved_form, .mend.refuse = shim_refuse_reserved_form,
        .mend.decide = shim_decide_reserved_form, .mend.write = shim_mend_reserved_form,
    },
    [RESERVED_OVERLAP] = { /* 6f7d56ccd3 */
        "reserved-overlap",
        "Xen 4.18 reads no further where two regions overlap; later releases stop before they "
        "print anything",
        "dtshim apply cuts regions that no driver knows; otherwise shrink one of them, or join "
        "them",
        SINCE(18), .stops = "regions-meet\0",
        .find = shim_find_reserved_overlap, .mend.refuse = shim_refuse_overlap,
        .mend.decide = shim_decide_overlap, .mend.write = shim_mend_overlap,
    },
    [DISABLED_REGION] = { /* c419d2dd35: 4.19 and later read status */
        "disabled-region",
        "Xen up to 4.18 shows it to dom0 as RAM, and later releases hand it out",
        "dtshim apply turns it into a /memreserve/ entry",
        ALL, .stops = "regions-meet\0",
        .find = shim_find_disabled_region, .mend.decide = shim_decide_disabled_region,
        .mend.write = shim_mend_disabled_region,
    },
    [MEMRESERVE_OVERLAP] = { /* 53dc37829c, a14593e399; written by the contract */
        "memreserve-overlap",
        "Xen 4.19 and later stop before they print anything if a region overlaps /memreserve/",
        "dtshim apply cuts the entry",
        SINCE(19), AS_IMAGE, .stops = "regions-meet\0",
        .find = shim_find_memreserve_overlap,
        .mend.decide = shim_decide_memreserve_overlap,
    },
    [MODULES_SEEN] = { /* refused or left out where the modules are read */
        "modules-seen",
        "Xen ignores modules outside /chosen, below level 3, with long paths or after the 30th, "
        "and the command lines in domains with long names",
        "put them directly into /chosen or a domain, with short names",
        ALL, .stops = "no-kernel\0", .find = shim_find_modules_seen,
    },
    [TREE_SIZE] = { /* refused by the contract's tree_max */
        "tree-size", "Xen accepts trees of up to 2 MiB",
        "remove what the board does not have",
        ALL, .stops = "tree-size\0",
        .find = shim_find_tree_size,
    },
    [MEMORY_DEPTH] = { /* 47d4d3cdc5 asks for depth 1 */
        "memory-depth", "Xen before 4.20 treats every node of that name as RAM, at any depth and "
                        "of any type",
        "give it another name (dtshim apply does this)",
        UNTIL(19), AS_IMAGE, .stops = "memory-reg\0", .find = shim_find_memory_depth,
        .mend.decide = shim_decide_memory_depth, .mend.write = shim_mend_memory_depth,
    },
    [HEAP_ALIGNED] = {
        "heap-aligned", "Xen needs its static heap aligned to 64 KiB",
        "round the ranges of xen,static-heap",
        ALL, .find = shim_find_heap_aligned,
    },
    [IOMMU_SHOWN] = {
        "iommu-shown",
        "dom0 would translate bus addresses a second time, and all DMA through it faults",
        "dtshim apply hides it from dom0; or name its driver in iommu-drivers",
        ALL, .find = shim_find_iommu_shown, .mend.decide = shim_decide_iommu_shown,
        .mend.write = shim_mend_iommus,
    },
    [IOMMU_MAP_LEFT] = { /* a236b74b96; written with iommu-shown */
        "iommu-map-left", "Xen before 4.19 leaves a dangling reference in dom0's tree",
        "dtshim apply removes iommu-map",
        UNTIL(18), .find = shim_find_iommu_map_left, .mend.decide = shim_decide_iommu_map_left,
    },
    [IOMMU_BLOCKED] = {
        "iommu-blocked", "streams that Xen does not know fault in the IOMMU: the device can do no "
                         "DMA at all",
        "describe them with iommus, or boot Xen with iommu=off",
        ALL, .find = shim_find_iommu_blocked,
    },
    [DMA_REACH] = {
        "dma-reach", "its driver finds no memory that the device can use",
        "choose a dom0-base inside its dma-ranges",
        ALL, .find = shim_find_dma_reach,
    },
    [SRAM_PARTS] = {
        "sram-parts",
        "Linux rejects the SRAM, and dom0 loses memory where the SRAM is mapped over it",
        "correct reg and ranges of the SRAM and its parts",
        ALL, .find = shim_find_sram_parts, .mend.decide = shim_decide_sram,
        .mend.write = shim_mend_sram,
    },
    [RECORD_ENTRY] = {
        "record-entry",
        "Xen's own UEFI stub deletes /memreserve/, and the firmware chooses where to load Xen and "
        "its payload: dom0 may not be where it was planned",
        "start Xen through dtshim, put in Xen's place; or give Xen the original tree",
        ALL, BY_UEFI, .find = shim_find_record_entry,
    },
    [MEMRESERVE_LOST] = { /* fdt_add_uefi_nodes(), 6d70ea10d4 */
        "memreserve-lost",
        "Xen's own UEFI stub deletes /memreserve/: dom0 may be given what the firmware's map lists "
        "as RAM",
        "start Xen through dtshim; or put it in a node of /reserved-memory, which Xen reads",
        ALL, BY_UEFI, .find = shim_find_memreserve_lost,
    },
    [ROOT_DMA_RANGES] = {
        "root-dma-ranges",
        "Linux cannot translate the root's dma-ranges, and goes on without them",
        "move them to a bus below it",
        ALL, .find = shim_find_root_dma_ranges,
    },
    [OFFSET_FOREIGN] = {
        "offset-foreign",
        "pages of other domains do not follow a constant offset: DMA to them goes wrong silently",
        "run no PV backends on it, or run a kernel that reads dma-offset",
        ALL, .find = shim_find_offset_foreign,
    },
    [PASSTHROUGH_REG] = {
        "passthrough-reg", "Xen 4.17 starts the domain without the device; later releases panic",
        "give the node xen,reg in whole pages and xen,path",
        ALL, .find = shim_find_passthrough_reg,
    },
    [PASSTHROUGH_GIC] = {
        "passthrough-gic", "the domain's kernel finds no interrupt controller and hangs",
        "give /gic the phandle that interrupt-parent names",
        ALL, .find = shim_find_passthrough_gic,
    },
    [COLORING] = { /* 6cdea3444e */
        "coloring",
        "Xen 4.20 and later hand out memory by cache colour: dom0 is not 1:1, and all DMA without "
        "an IOMMU goes to wrong addresses",
        "remove llc-coloring, llc-size and llc-nr-ways from Xen's command line, or set "
        "xen-features if Xen was built without it",
        SINCE(20), .find = shim_find_coloring, .mend.refuse = shim_refuse_coloring,
        .mend.decide = shim_decide_coloring,
    },
    [UNCLAIMED] = {
        "unclaimed", "Xen offers dom0 a bus's window, or its first page, for foreign pages",
        "dtshim apply marks them as used",
        ALL, .mend.decide = shim_decide_claims, .mend.write = shim_mend_claims,
    },
    [IRQ_KEPT] = { /* route_irq_to_guest(); found before the survey, which leaves it out */
        "irq-kept", "Xen stops if dom0 would be given an interrupt that Xen keeps for itself",
        "dtshim apply hides the node from dom0 (xen,passthrough)",
        ALL, .stops = "interrupt\0",
        .find = shim_find_irq_kept, .mend.decide = shim_decide_irq_kept,
        .mend.write = shim_mend_irq_kept,
    },
    [IRQ_EMPTY] = { /* dt_device_get_raw_irq(); of a domain's device, too, by xen,path */
        "irq-empty", "Xen stops at an empty entry (a phandle of 0) of interrupts-extended",
        "dtshim apply makes an interrupt controller name itself there; otherwise remove the entry",
        ALL, .alike = true, .stops = "interrupt-unread\0",
        .find = shim_find_irq_empty, .mend.decide = shim_decide_irq_empty,
        .mend.write = shim_mend_irq_empty,
    },
    [IRQ_EXTENDED] = { /* gic_irq_xlate() */
        "irq-extended",
        "Xen mistakes an extended interrupt of a GICv3.1 (GIC_ESPI, GIC_EPPI) for another one: "
        "dom0 is given another device's interrupt, or does not see the node",
        "dtshim apply hides the node from dom0 (xen,passthrough)",
        ALL, .find = shim_find_irq_extended, .mend.decide = shim_decide_irq_extended,
        .mend.write = shim_mend_irq_extended,
    },
    [IRQ_TYPE] = { /* irq_set_spi_type() */
        "irq-type", "Xen stops if two nodes give the same interrupt different types",
        "dtshim apply gives both the type of the one that Linux drives",
        ALL, .stops = "interrupt-type\0",
        .find = shim_find_irq_type, .mend.decide = shim_decide_irq_type,
        .mend.write = shim_mend_irq_type,
    },
    [VCPUS] = { /* written as dom0_max_vcpus=8 on the command line */
        "vcpus", "Xen does not create dom0 with more CPUs than a GICv2 supports",
        "dtshim apply gives Xen dom0_max_vcpus=8",
        ALL, .stops = "cpus\0", .find = shim_find_vcpus, .mend.decide = shim_decide_vcpus,
    },
    [SCRUB] = { /* written as bootscrub=1 on the command line; check has nothing to find */
        "scrub", "if CPUs scrub free memory in the meantime, Xen takes different pieces for dom0",
        "dtshim apply gives Xen bootscrub=1",
        ALL, .mend.decide = shim_decide_scrub,
    },
    [DOMAIN_REGIONS] = { /* fba1b0974d, 3af8a6ed8e; its devices are in another tree: only a warning */
        "domain-regions",
        "Xen before 4.21 offers a domain addresses for foreign pages without looking at its "
        "xen,reg",
        "give Xen ext_regions=0, or keep its xen,reg away from RAM addresses",
        UNTIL(20), .mend.decide = shim_decide_domain_regions,
    },
    [XEN_STOPS] = { /* the last: what no other rule names; each stop has its own words */
        "xen-stops", "Xen does not get as far as dom0",
        "dtshim forecast shows what this is based on",
        ALL, .find = shim_find_xen_stops,
    },
};
const unsigned shim_trap_count = TRAP_COUNT;

/* ---- in the order of a plan's notes ----------------------------------------------------- */

/* Names come before nodes that are removed: a renamed node is removed under its new name. */
static const uint8_t first[] = { BANK_COUNT, RESERVED_FORM, COLORING, MEMORY_DEPTH, MEMORY_NAME, DISABLED_REGION,
                                 MEMRESERVE_OVERLAP, RESERVED_OVERLAP, TAG_PROVEN, MEMORY_TYPE,
                                 MEMORY_BANKS };
static const uint8_t of_dom0[] = { ROOT_CELLS, SRAM_PARTS, RANGES_COVER, REG_PAGES, UNCLAIMED,
                                   IOMMU_SHOWN, IOMMU_MAP_LEFT, IRQ_KEPT, IRQ_EXTENDED,
                                   IRQ_TYPE };
static const uint8_t last[] = { CHOSEN_ORDER, IRQ_EMPTY, VCPUS, SCRUB, DOMAIN_REGIONS, DISABLED_MEMORY };

/*
 * Unrolled, these are plain calls, and nothing refers to the table: the stage is linked without
 * it, without what only check calls, and without the words of both.
 */
__attribute__((always_inline))
static inline enum shim_code decide(const uint8_t *rows, unsigned count, struct shim_plan *plan,
                                    struct shim_error *error)
{
    const struct shim_releases *releases = &plan->xen->releases;
    enum shim_code code = SHIM_OK;

#pragma GCC unroll 16
    for (unsigned i = 0; i < count; i++) {
        if (!shim_releases_meet(releases, shim_traps[rows[i]].since, shim_traps[rows[i]].until))
            continue;
        if (!code && shim_traps[rows[i]].mend.refuse)
            code = shim_traps[rows[i]].mend.refuse(plan, error);
        if (!code && shim_traps[rows[i]].mend.decide)
            shim_traps[rows[i]].mend.decide(plan);
    }
    return code;
}

__attribute__((always_inline))
static inline void mend(const uint8_t *rows, unsigned count, const struct shim_plan *plan,
                        struct shim_edits *edits)
{
#pragma GCC unroll 16
    for (unsigned i = 0; i < count; i++)
        if (shim_traps[rows[i]].mend.write &&
            shim_releases_meet(&plan->xen->releases, shim_traps[rows[i]].since,
                               shim_traps[rows[i]].until))
            shim_traps[rows[i]].mend.write(plan, edits);
}

enum shim_code shim_decide_traps_first(struct shim_plan *plan, struct shim_error *error)
{
    return decide(first, sizeof(first), plan, error);
}

enum shim_code shim_decide_traps_of_dom0(struct shim_plan *plan, struct shim_error *error)
{
    return decide(of_dom0, sizeof(of_dom0), plan, error);
}

enum shim_code shim_decide_traps_last(struct shim_plan *plan, struct shim_error *error)
{
    return decide(last, sizeof(last), plan, error);
}

void shim_mend_traps_first(const struct shim_plan *plan, struct shim_edits *edits)
{
    mend(first, sizeof(first), plan, edits);
}

void shim_mend_traps_of_dom0(const struct shim_plan *plan, struct shim_edits *edits)
{
    mend(of_dom0, sizeof(of_dom0), plan, edits);
}

void shim_mend_traps_last(const struct shim_plan *plan, struct shim_edits *edits)
{
    mend(last, sizeof(last), plan, edits);
}
