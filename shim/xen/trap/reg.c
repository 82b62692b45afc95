// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/devices.h"

#include "shim/base/mem.h"
#include "shim/board/iommu.h"
#include "shim/fdt/address.h"
#include "shim/xen/trap/iommu.h"
#include "shim/xen/plan.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

enum { PAGE = 4096 };

/*
 * skip_matches of handle_node(), 4.17: left out of dom0 with all below.
 */
static const char skipped[] =
    "xen,xen\0xen,multiboot-module\0multiboot,module\0arm,psci\0arm,psci-0.2\0arm,psci-1.0\0"
    "arm,cortex-a7-pmu\0arm,cortex-a15-pmu\0arm,cortex-a53-edac\0arm,armv8-pmuv3\0"
    "arm,armv7-timer-mem\0";

bool shim_xen_skips(const struct shim_board *board, uint32_t node)
{
    const struct shim_tree *tree = board->tree;

    if (shim_off_limits(board, node) ||
        (tree->nodes[node].parent == SHIM_ROOT &&
         shim_matches_one("cpus\0chosen\0", shim_node_name(tree, node))))
        return true;
    return shim_list_has(shim_prop(tree, node, SHIM_DEVICE_TYPE), "memory") ||
           shim_compatible_one(tree, node, skipped);
}

bool shim_xen_leaves_out(const struct shim_board *board, uint32_t node)
{
    for (; node != SHIM_ROOT; node = board->tree->nodes[node].parent)
        if (shim_xen_skips(board, node))
            return true;
    return false;
}

/* ---- addresses that Xen cannot translate ---------------------------------------- */

/* Below a PCI host Xen reads other properties, or translates by other rules. */
static bool below_pci(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_NONE; node = tree->nodes[node].parent)
        if (shim_is_pci(tree, node))
            return true;
    return false;
}

uint32_t shim_xen_sound_entries(const struct shim_tree *tree, uint32_t node, uint32_t *total)
{
    uint32_t parent = tree->nodes[node].parent, sound = 0;
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    *total = 0;
    if (!entries.size || below_pci(tree, parent) ||
        (parent != SHIM_ROOT && !shim_prop(tree, parent, SHIM_RANGES).at))
        return 0;
    while (shim_next_entry(&entries, &entry)) {
        bool good = shim_bus_to_cpu(tree, parent, &entry.address);

        sound += good && sound == *total;
        ++*total;
    }
    return sound;
}

static void note_unsound(struct shim_plan *plan, uint32_t node)
{
    uint32_t total, sound = shim_xen_sound_entries(plan->tree, node, &total);

    if (sound == total)
        return;
    plan->xen->unsound++;
    shim_note(plan, SHIM_DECISION, pass, node,
              sound ? shim_say(plan->arena, "keeps the first %u of its %u reg entries", sound, total)
                    : "loses its reg",
              "no ranges above cover the rest: Xen panics on that, and no kernel can use it");
}

static void write_sound(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    size_t len = 4 * ((size_t)entries.child + entries.size);
    uint32_t total, sound = shim_xen_sound_entries(plan->tree, node, &total);

    if (sound == total)
        return;
    if (sound)
        shim_put(edits, shim_cursor(node), "reg", entries.rest.at, sound * len);
    else
        shim_delete_prop(edits, node, SHIM_REG);
}

/* ---- banks ------------------------------------------------------------------------------ */

uint32_t shim_xen_banks_at(const struct shim_tree *tree, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;
    uint32_t count = 0;

    while (shim_next_entry(&entries, &entry))
        count += entry.size != 0;
    return count;
}

uint32_t shim_xen_memory_banks(const struct shim_tree *tree)
{
    uint32_t count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (shim_node_named(tree, node, "memory"))
            count += shim_xen_banks_at(tree, node);
    return count;
}

uint32_t shim_xen_reserved_banks(const struct shim_tree *tree)
{
    uint32_t reserved = shim_child(tree, SHIM_ROOT, "reserved-memory"), count = 0;
    uint32_t past = reserved == SHIM_NONE ? 0 : tree->nodes[reserved].past;

    for (uint32_t node = reserved + 1; node < past; node++)
        if (!shim_node_named(tree, node, "memory"))
            count += shim_xen_banks_at(tree, node);
    return count;
}

/* ---- pages that Xen does not map ------------------------------------------------------ */

struct shim_range shim_xen_unmapped_tail(struct shim_range range)
{
    struct shim_range pages = shim_whole_pages(range);
    uint64_t mapped = shim_align_up(range.size, PAGE);

    return (struct shim_range){ pages.base + mapped, pages.size - mapped };
}

bool shim_xen_keeps(const struct shim_plan *plan, uint32_t node)
{
    return shim_prop(plan->tree, node, SHIM_INTERRUPT_CONTROLLER).at ||
           shim_prop(plan->tree, node, SHIM_XEN_PASSTHROUGH).at || shim_has_driver(plan->board, node) ||
           shim_node_named(plan->tree, node, "serial") || shim_node_named(plan->tree, node, "uart");
}

static bool add_tails(struct shim_plan *plan, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_entry entry;
    struct shim_range range;

    while (shim_next_entry(&entries, &entry)) {
        if (!shim_reg_to_cpu(plan->tree, node, &entry, &range))
            continue;
        range = shim_xen_unmapped_tail(range);
        if (!range.size || shim_ranges_meeting(&plan->board->ram, range))
            continue;
        if (shim_xen_keeps(plan, node)) /* asked last: few nodes have such a page */
            return true;
        shim_note_device(plan, SHIM_DECISION, pass, node,
                         shim_say(plan->arena, "its page at 0x%llx is named to Xen",
                                  SHIM_X(range.base)),
                         "its reg starts inside a page and Xen counts pages from its size alone");
        if (!shim_ranges_collect(&plan->xen->tails, range))
            return false;
    }
    return true;
}

/* ---- claims that Xen does not see ------------------------------------------------------- */

/*
 * With an IOMMU Xen takes its extended regions from all addresses that no reg
 * and no PCI window claims. What else is claimed (bus windows, the first 2 MiB)
 * is told by a node that it may not give to dom0.
 */
static bool find_claims(struct shim_plan *plan)
{
    uint32_t most = shim_most_regs(plan->tree) + plan->board->ram.count;
    struct shim_ranges seen;
    struct shim_arena scratch;
    bool room = shim_ranges_copy(&plan->xen->claims, &plan->taken, plan->arena, most);

    scratch = *plan->arena;
    room = room && shim_ranges_init(&seen, &scratch, most);
    for (uint32_t node = 1; room && node < plan->tree->node_count; node++)
        if (shim_is_own_node(plan->tree, node))
            node = plan->tree->nodes[node].past - 1;
        else
            room = shim_collect_regs(&seen, plan->tree, node);
    for (uint32_t i = 0; room && i < plan->board->ram.count; i++)
        room = shim_ranges_collect(&seen, shim_whole_pages(plan->board->ram.at[i]));
    if (!room)
        return false;
    shim_ranges_settle(&seen);
    return shim_ranges_remove_all(&plan->xen->claims, &seen);
}

static bool one_cell(const struct shim_tree *tree)
{
    struct shim_cells cells = shim_cells(tree, SHIM_ROOT);

    return cells.address == 1 || cells.size == 1;
}

bool shim_xen_regions_overflow(const struct shim_plan *plan)
{
    if (!one_cell(plan->tree))
        return false;
    for (uint32_t i = 0; i < plan->board->ram.count; i++)
        if (plan->board->ram.at[i].size >> 32)
            return true;
    return shim_xen_uses_iommu(plan);
}

void shim_xen_close_regions(struct shim_plan *plan, enum shim_pass_id who, const char *reason)
{
    plan->xen->no_ext_regions = true;
    shim_note(plan, SHIM_DECISION, who, SHIM_NONE, "ext_regions=0 on Xen's command line", reason);
}

static void decide_regions(struct shim_plan *plan)
{
    bool none = plan->policy->value[SHIM_POLICY_REGIONS] == SHIM_REGIONS_NONE;

    if (none || shim_xen_regions_overflow(plan))
        shim_xen_close_regions(plan, pass,
                               none ? "the policy says regions = \"none\": the tree does not tell "
                                      "all devices"
                                    : "one cell of the root cannot say the regions that Xen would "
                                      "find");
    else if (!shim_xen_uses_iommu(plan))
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE, "Xen takes its extended regions from RAM",
                  "no IOMMU protects dom0, so other domains' RAM addresses are free in dom0's space");
}

static void note_srams(struct shim_plan *plan)
{
    for (const struct shim_sram_region *sram = plan->board->srams; sram; sram = sram->next)
        if (sram->meets_ram)
            shim_note(plan, SHIM_DECISION, pass, sram->node, "is kept from dom0 (xen,passthrough)",
                      "it lies in RAM: Xen would map it over dom0's memory");
}

enum shim_code shim_xen_decide_mends(struct shim_plan *plan, struct shim_error *error)
{
    bool room = shim_ranges_init(&plan->xen->tails, plan->arena, shim_most_regs(plan->tree));

    decide_regions(plan);
    note_srams(plan);
    for (uint32_t node = 1; room && node < plan->tree->node_count; node++) {
        if (shim_xen_skips(plan->board, node)) {
            node = plan->tree->nodes[node].past - 1;
            continue;
        }
        note_unsound(plan, node);
        room = add_tails(plan, node);
    }
    shim_ranges_settle(&plan->xen->tails);
    if (room && shim_xen_uses_iommu(plan) && !plan->xen->no_ext_regions)
        room = find_claims(plan);
    if (!room)
        return shim_no_room(error, "for what Xen has to be told of addresses");
    if (plan->xen->claims.count)
        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "%u ranges are claimed for nobody", plan->xen->claims.count),
                  "bus windows and the first 2 MiB: Xen looks at reg and PCI windows only when it "
                  "picks extended regions");
    return SHIM_OK;
}

/* ---- write --------------------------------------------------------------------------------- */

static bool say_in(struct shim_cells cells, struct shim_range range)
{
    return (cells.address == 2 || !((shim_range_end(range) - 1) >> 32)) &&
           (cells.size == 2 || !(range.size >> 32));
}

static struct shim_cursor open_bus(const struct shim_plan *plan, struct shim_edits *edits,
                                   const char *name)
{
    struct shim_cursor node = shim_open_new(edits, shim_cursor(SHIM_ROOT), name);

    shim_put_cells(edits, node, shim_cells(plan->tree, SHIM_ROOT));
    shim_put(edits, node, "ranges", "", 0);
    return node;
}

static void write_pages(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cells cells = shim_cells(plan->tree, SHIM_ROOT);
    struct shim_cursor bus;

    if (!plan->xen->tails.count) {
        shim_delete_children(edits, SHIM_ROOT, "dtshim-pages");
        return;
    }
    bus = open_bus(plan, edits, "dtshim-pages");
    for (uint32_t i = 0; i < plan->xen->tails.count; i++) {
        struct shim_cursor page;

        if (!say_in(cells, plan->xen->tails.at[i]))
            continue;
        page = shim_open(edits, bus, shim_say(plan->arena, "page@%llx",
                                              SHIM_X(plan->xen->tails.at[i].base)));
        shim_put_reg(edits, page, "reg", cells, &plan->xen->tails.at[i], 1);
        shim_close(edits, page);
    }
    shim_close(edits, bus);
}

static void write_claims(const struct shim_plan *plan, struct shim_edits *edits)
{
    struct shim_cursor node;

    if (!plan->xen->claims.count) {
        shim_delete_children(edits, SHIM_ROOT, "dtshim-claims");
        return;
    }
    node = shim_open_new(edits, shim_cursor(SHIM_ROOT), "dtshim-claims");
    shim_put(edits, node, "xen,passthrough", "", 0);
    shim_put_reg(edits, node, "reg", shim_cells(plan->tree, SHIM_ROOT), plan->xen->claims.at,
                 plan->xen->claims.count);
    shim_close(edits, node);
}

/* SRAM in RAM would be mapped over dom0's memory. xen,passthrough is not inherited. */
static void keep_from_dom0(const struct shim_plan *plan, struct shim_edits *edits, uint32_t sram)
{
    for (uint32_t node = sram; node < plan->tree->nodes[sram].past; node++)
        shim_put(edits, shim_cursor(node), "xen,passthrough", "", 0);
}

void shim_xen_write_mends(const struct shim_plan *plan, struct shim_edits *edits)
{
    uint32_t past = 0;

    for (uint32_t node = 1; plan->xen->unsound && node < plan->tree->node_count; node++) {
        if (shim_xen_skips(plan->board, node))
            node = plan->tree->nodes[node].past - 1;
        else
            write_sound(plan, edits, node);
    }
    for (const struct shim_sram_region *sram = plan->board->srams; sram; sram = sram->next) {
        if (!sram->meets_ram || sram->node < past)
            continue; /* inside another one it is kept already */
        keep_from_dom0(plan, edits, sram->node);
        past = plan->tree->nodes[sram->node].past;
    }
    write_pages(plan, edits);
    write_claims(plan, edits);
}
