// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a xen,domain of Xen 4.17 can be given: handle_passthrough_prop(),
 * handle_device_interrupts() (domain_build.c), and the guest's memory layout
 * (xen/include/public/arch-arm.h).
 */
#include "shim/xen/domain/passable.h"

#include "shim/base/mem.h"
#include "shim/board/iommu.h"
#include "shim/board/masters.h"
#include "shim/fdt/address.h"
#include "shim/fdt/interrupt.h"
#include "shim/fdt/references.h"
#include "shim/xen/domain/map.h"
#include "shim/xen/irq_empty.h"
#include "shim/xen/modules.h"

enum { GIC_CELLS = 3, SPI = 0, ESPI = 2, EPPI = 3 };

bool shim_meets_xen_pages(struct shim_range pages)
{
    return shim_range_overlaps(pages, SHIM_GUEST_XEN_PAGES);
}

bool shim_meets_free_windows(struct shim_range pages)
{
    return shim_range_overlaps(pages, SHIM_GUEST_RAM0) || shim_range_overlaps(pages, SHIM_GUEST_RAM1);
}

bool shim_on_bus(const struct shim_tree *tree, uint32_t node)
{
    uint32_t parent = tree->nodes[node].parent;

    return parent == SHIM_ROOT || (parent != SHIM_NONE && shim_has_known(tree, parent, SHIM_RANGES));
}

/* ---- whose it is ------------------------------------------------------------------ */

uint32_t shim_gic(const struct shim_tree *tree)
{
    /* DT_MATCH_GIC_V2 and _V3 (include/asm/gic.h). */
    static const char gics[] = "arm,gic-v3\0arm,gic-400\0arm,cortex-a15-gic\0arm,cortex-a7-gic\0";

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_has_known(tree, node, SHIM_INTERRUPT_CONTROLLER) && shim_reachable(tree, node) &&
            shim_compatible_one(tree, node, gics))
            return node;
    return SHIM_NONE;
}

/* dtuart= on Xen's command line, or else stdout-path (dt_uart_init(), 4.17). */
static uint32_t console_of(const struct shim_plan *plan)
{
    static const char key[] = "dtuart=";
    const struct shim_tree *tree = plan->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    struct shim_span word;
    const char *path = NULL;

    if (chosen == SHIM_NONE)
        return SHIM_NONE;
    word = shim_first_word(shim_xen_command_line(tree));
    for (; word.at; word = shim_first_word((const char *)word.at + word.len))
        if (word.len > sizeof(key) - 1 && !memcmp(word.at, key, sizeof(key) - 1))
            return shim_node_by_path(tree, (const char *)word.at + sizeof(key) - 1,
                                     word.len - (sizeof(key) - 1));
    path = shim_string(shim_prop(tree, chosen, SHIM_STDOUT_PATH));
    return path ? shim_node_by_path(tree, path, strlen(path)) : SHIM_NONE;
}

/* What Xen drives or emulates; the tables of an ITS are written to machine addresses. */
static bool is_xen_s(const struct shim_passing *passing, uint32_t node)
{
    static const char kept[] = "arm,psci*\0arm,armv7-timer\0arm,armv8-timer\0arm,armv7-timer-mem\0"
                               "arm,armv8-pmuv3\0arm,cortex-*-pmu\0arm,gic-v3-its\0"
                               "arm,gic-v2m-frame\0xen,xen\0";
    const struct shim_tree *tree = passing->plan->tree;

    return node == passing->gic || node == passing->console ||
           shim_has_known(tree, node, SHIM_IOMMU_CELLS) ||
           shim_has_known(tree, node, SHIM_MMU_MASTERS) || shim_compatible_one(tree, node, kept);
}

bool shim_passing_init(struct shim_passing *passing, struct shim_plan *plan)
{
    bool room;

    *passing = (struct shim_passing){ .plan = plan, .gic = shim_gic(plan->tree),
                                      .console = console_of(plan) };
    room = shim_ranges_init(&passing->kept, plan->arena, shim_most_regs(plan->tree));
    for (uint32_t node = 1; room && node < plan->tree->node_count; node++)
        if (is_xen_s(passing, node) && shim_reachable(plan->tree, node))
            room = shim_collect_regs(&passing->kept, plan->tree, node);
    shim_ranges_settle(&passing->kept);
    return room;
}

/* Xen lets the hardware domain call firmware, and no other. */
static bool calls_firmware(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_ROOT; node = tree->nodes[node].parent) {
        struct shim_span method = shim_prop_named(tree, node, "method");

        if (shim_prop_named(tree, node, "arm,smc-id").at || shim_list_has(method, "smc") ||
            shim_list_has(method, "hvc") ||
            (tree->nodes[node].parent == SHIM_ROOT && shim_node_named(tree, node, "firmware")))
            return true;
    }
    return false;
}

/* /chosen, /cpus and the like, with all that is in them. */
static bool is_no_device(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_node *nodes = plan->tree->nodes;

    if (node == SHIM_ROOT || shim_off_limits(plan->board, node))
        return true;
    while (nodes[node].parent != SHIM_ROOT)
        node = nodes[node].parent;
    return shim_is_description(plan->tree, node);
}

/* ---- registers ---------------------------------------------------------------------- */

static const char *no_place(const struct shim_plan *plan, struct shim_range pages)
{
    if (shim_ranges_meeting(&plan->board->ram, pages))
        return "its registers are in RAM";
    if (shim_range_overlaps(pages, plan->dom0))
        return "its registers are at addresses where the domain has its memory";
    if (shim_range_overlaps(pages, SHIM_GUEST_GIC))
        return "its registers are at addresses where every xen,domain has its GIC";
    if (shim_range_overlaps(pages, SHIM_GUEST_UART))
        return "its registers are at addresses where every xen,domain has its console";
    return NULL;
}

static const char *bad_registers(const struct shim_passing *passing, uint32_t node)
{
    const struct shim_plan *plan = passing->plan;
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_entry entry;
    struct shim_range range;
    const char *why = NULL;

    if (!entries.size || !shim_on_bus(plan->tree, node))
        return NULL;
    while (!why && shim_next_entry(&entries, &entry)) {
        if (!shim_reg_to_cpu(plan->tree, node, &entry, &range))
            return "its registers have no machine address: a bus above has no ranges for them";
        why = no_place(plan, shim_whole_pages(range));
        if (!why && shim_ranges_meeting(&passing->kept, shim_whole_pages(range)))
            why = "its registers share a page with something that Xen keeps for itself";
    }
    return why;
}

/* ---- interrupts ----------------------------------------------------------------------- */

static const char no_gic[] =
    "it has interrupts, and Xen knows no interrupt controller of this board";

/* Xen routes SPIs, under their own numbers; SPI 0 is the emulated UART's (GUEST_VPL011_SPI). */
static const char *bad_specifier(const uint8_t *cells)
{
    if (shim_be32(cells) == ESPI || shim_be32(cells) == EPPI)
        return "it has an extended interrupt of a GICv3.1, which Xen mistakes for another one";
    if (shim_be32(cells) != SPI)
        return "it has a private interrupt of a CPU (a PPI), and Xen passes only shared ones "
               "(SPIs)";
    if (!shim_be32(cells + 4))
        return "its interrupt is SPI 0, which every xen,domain has for its console";
    return NULL;
}

static const char *bad_interrupts(const struct shim_plan *plan, uint32_t node, uint32_t gic)
{
    struct shim_span value = shim_prop_named(plan->tree, node, "interrupts");
    uint32_t parent = shim_interrupt_parent(plan->tree, node);
    uint32_t cells;
    const char *why = NULL;

    if (!value.len)
        return NULL;
    if (gic == SHIM_NONE)
        return no_gic;
    if (parent == SHIM_NONE)
        return "its interrupts lead to no controller";
    if (shim_prop_named(plan->tree, parent, "interrupt-map").at)
        return "its interrupts go through an interrupt-map, which a domain's tree would not have";
    cells = shim_interrupt_cells(plan->tree, parent);
    if (parent != gic)
        return NULL;
    if (cells < GIC_CELLS || value.len % (4 * (size_t)cells))
        return "its interrupts are not whole entries in the GIC's cells";
    for (size_t at = 0; !why && at < value.len; at += 4 * (size_t)cells)
        why = bad_specifier(value.at + at);
    return why;
}

static const char *bad_extended(const struct shim_plan *plan, uint32_t node, uint32_t gic)
{
    static const char name[] = "interrupts-extended";
    struct shim_span value = shim_prop_named(plan->tree, node, name);
    struct shim_references refs;
    const char *why = NULL;

    if (!value.len)
        return NULL;
    if (gic == SHIM_NONE)
        return no_gic;
    if (!shim_references(&refs, plan->tree, node, name, value))
        return "its interrupts-extended lead to no controller";
    if (shim_xen_empty_irqs(plan->tree, node) && !shim_xen_fills_irqs(plan->tree, node))
        return "an entry of its interrupts-extended is empty, and Xen rejects that";
    while (!why && shim_has_reference(&refs)) {
        size_t at = refs.next;

        if (shim_next_reference(&refs) != gic)
            continue;
        if (shim_interrupt_cells(plan->tree, gic) != GIC_CELLS || refs.next - at != GIC_CELLS + 1 ||
            4 * refs.next > value.len)
            return "its interrupts-extended are not in the three cells that the domain's GIC has";
        why = bad_specifier(value.at + 4 * (at + 1));
    }
    return why;
}

/* Without a line of its own, or with cells that can be the GIC's: each line is one of the GIC's. */
static bool hands_on(const struct shim_passing *passing, uint32_t controller)
{
    const struct shim_tree *tree = passing->plan->tree;

    if (controller == SHIM_NONE || controller == passing->gic)
        return false;
    if (!shim_prop_named(tree, controller, "interrupts").len &&
        !shim_prop_named(tree, controller, "interrupts-extended").len)
        return true;
    return shim_interrupt_cells(tree, controller) == GIC_CELLS &&
           shim_interrupt_parent(tree, controller) == passing->gic;
}

bool shim_interrupts_lost(const struct shim_passing *passing, uint32_t node)
{
    static const char name[] = "interrupts-extended";
    const struct shim_tree *tree = passing->plan->tree;
    struct shim_references refs;

    if (!shim_references(&refs, tree, node, name, shim_prop_named(tree, node, name)))
        return shim_prop_named(tree, node, "interrupts").len &&
               hands_on(passing, shim_interrupt_parent(tree, node));
    while (shim_has_reference(&refs))
        if (hands_on(passing, shim_next_reference(&refs)))
            return true;
    return false;
}

static bool is_wired_to(const struct shim_plan *plan, uint32_t node, uint32_t gic)
{
    return shim_prop_named(plan->tree, node, "interrupts-extended").len ||
           (shim_prop_named(plan->tree, node, "interrupts").len &&
            shim_interrupt_parent(plan->tree, node) == gic);
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Below a device that comes as a whole, xen,reg is in the cells that this device gives. */
static const char *bad_cells(const struct shim_plan *plan, uint32_t node)
{
    struct shim_cells cells = shim_cells(plan->tree, plan->tree->nodes[node].parent);
    struct shim_entries shape = { .child = cells.address, .up = cells.size, .size = cells.address };
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_entry entry;
    struct shim_range pages;

    while (shim_next_reg(plan->tree, node, &entries, &pages)) {
        pages = shim_whole_pages(pages);
        entry = (struct shim_entry){ 0, pages.base, pages.size, pages.base };
        if (!shim_can_say(&shape, &entry))
            return "the device above it has too few cells for its address: name this device itself";
    }
    return NULL;
}

const char *shim_not_passable_inside(const struct shim_passing *passing, uint32_t node)
{
    const char *why = shim_not_passable(passing, node);

    return !why && shim_on_bus(passing->plan->tree, node) ? bad_cells(passing->plan, node) : why;
}

static const char *not_given_alone(const struct shim_plan *plan, uint32_t node, uint32_t gic)
{
    if (shim_reg_entries(plan->tree, node).rest.len && shim_on_bus(plan->tree, node))
        return NULL;
    if (is_wired_to(plan, node, gic))
        return "it has interrupts but no registers, and Xen passes both or none";
    if (plan->board->dma[node] == SHIM_DMA_PROTECTED)
        return "it is behind an IOMMU but has no registers, and Xen passes both or none";
    return NULL;
}

const char *shim_not_passable(const struct shim_passing *passing, uint32_t node)
{
    const struct shim_plan *plan = passing->plan;
    const struct shim_tree *tree = plan->tree;
    const char *why = NULL;

    if (is_no_device(plan, node))
        return "it is not a device";
    if (is_xen_s(passing, node))
        return "Xen keeps it for itself";
    if (calls_firmware(tree, node))
        return "it calls firmware, which Xen allows only its hardware domain";
    if (shim_is_pci(tree, node))
        return "Xen passes no PCI hosts to a xen,domain";
    if (!shim_reachable(tree, node))
        return "it is disabled";
    if (plan->board->dma[node] == SHIM_DMA_BLOCKED)
        return "an IOMMU that Xen drives blocks its DMA";
    if (shim_prop(tree, node, SHIM_DMA_RANGES).len && tree->nodes[node].past != node + 1)
        return "it has dma-ranges of its own: name the devices below it one by one";
    why = bad_registers(passing, node);
    if (!why)
        why = bad_interrupts(plan, node, passing->gic);
    if (!why)
        why = bad_extended(plan, node, passing->gic);
    return why ? why : not_given_alone(plan, node, passing->gic);
}
