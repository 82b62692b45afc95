// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What Xen makes of devices' addresses (handle_device(), map_range_to_domain() of 4.17). */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/xen/devices.h"
#include "shim/xen/in_ram.h"
#include "shim/xen/plan.h"
#include "shim/xen/reach.h"
#include "shim/xen/trap/rows.h"
#include "shim/xen/trap/way_rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

enum { PAGE = 4096 };

/* ---- addresses that Xen cannot translate ---------------------------------------- */

/* Below a PCI host Xen reads other properties, or translates by other rules. */
static bool below_pci(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_NONE; node = tree->nodes[node].parent)
        if (shim_is_pci(tree, node))
            return true;
    return false;
}

/*
 * How many of a node's reg entries Xen can translate before the first that it
 * cannot, which makes it panic; `*total` is how many it will try. Equal: sound.
 * `way` is of the node before, or of none.
 */
static uint32_t sound_entries(const struct shim_tree *tree, uint32_t node,
                              struct shim_way_up *way, uint32_t *total)
{
    uint32_t parent = tree->nodes[node].parent, sound = 0;
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    *total = 0;
    if (!entries.size || below_pci(tree, parent) ||
        (parent != SHIM_ROOT && !shim_has_known(tree, parent, SHIM_RANGES)))
        return 0;
    while (shim_next_entry(&entries, &entry)) {
        bool good = shim_go_up(tree, way, parent, &entry.address);

        sound += good && sound == *total;
        ++*total;
    }
    return sound;
}

/* Few nodes: on most buses without ranges there is nothing to translate. */
static bool may_lose_way(const struct shim_tree *tree, uint32_t node, struct shim_reach *reach)
{
    uint32_t bus = tree->nodes[node].parent;

    if (bus != SHIM_ROOT && !shim_has_known(tree, bus, SHIM_RANGES))
        return shim_is_pci(tree, bus) || shim_has_known(tree, bus, SHIM_DEVICE_TYPE);
    return !shim_reaches_cpu(tree, node, reach);
}

/* Of one node, which dom0 may not be given: that is asked last. */
static bool is_uncovered(const struct shim_plan *plan, uint32_t node, struct shim_way_up *way,
                         uint32_t *sound, uint32_t *total)
{
    *sound = sound_entries(plan->tree, node, way, total);
    return ((*sound != *total && !shim_reads_raw(plan->tree, node)) ||
            shim_xen_loses_way(plan->tree, node)) &&
           !shim_xen_leaves_out(plan->board, node);
}

void shim_find_ranges_cover(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_plan *plan = check->plan;
    uint32_t end = shim_has_no_dom0(check) ? 0 : plan->tree->node_count, sound, total;
    struct shim_reach reach = { .bus = SHIM_NONE };
    struct shim_way_up way = { .bus = SHIM_NONE };
    struct shim_ways ways = { 0 };

    for (uint32_t node = 1; node < end; node++) {
        if (!may_lose_way(plan->tree, node, &reach) ||
            !is_uncovered(plan, node, &way, &sound, &total))
            continue;
        if (sound != total && !shim_reads_raw(plan->tree, node))
            shim_breach(check, trap, node, "reg entry %u of %u has no CPU address", sound + 1,
                        total);
        else
            shim_find_lost_way(check, trap, node, &ways);
    }
}

/* What a driver reads as it is is never cut. */
static bool is_cut(const struct shim_plan *plan, uint32_t node, uint32_t *sound, uint32_t *total)
{
    struct shim_way_up way = { .bus = SHIM_NONE };

    *sound = sound_entries(plan->tree, node, &way, total);
    return *sound != *total && !shim_reads_raw(plan->tree, node);
}

static void note_unsound(struct shim_plan *plan, uint32_t node)
{
    uint32_t total, sound;

    if (!is_cut(plan, node, &sound, &total))
        return;
    plan->xen->unsound++;
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = node,
        .what = sound ? shim_say(plan->arena, "keeps the first %u of its %u reg entries", sound,
                                 total)
                      : "loses its reg",
        .reason = "no ranges above cover the rest: Xen panics on that, and no known driver uses it",
        .alike = { .kind = SHIM_ALIKE_REG_CUT, .what = "loses reg, or the end of it" } });
}

static void write_sound(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    size_t len = 4 * ((size_t)entries.child + entries.size);
    uint32_t total, sound;

    if (!is_cut(plan, node, &sound, &total))
        return;
    if (sound)
        shim_put(edits, shim_cursor(node), "reg", entries.rest.at, sound * len);
    else
        shim_delete_prop(edits, node, SHIM_REG);
}

void shim_mend_ranges_cover(const struct shim_plan *plan, struct shim_edits *edits)
{
    shim_write_ways(plan, edits);
    if (!plan->xen->unsound)
        return;
    for (uint32_t node = shim_xen_given_from(plan->board, 1); node < plan->tree->node_count;
         node = shim_xen_given_from(plan->board, node + 1))
        write_sound(plan, edits, node);
}

/* ---- pages that Xen does not map ------------------------------------------------------ */

/*
 * The pages at the end of a reg entry that Xen does not map: it counts pages from the
 * size alone, so a range that starts inside a page loses its end. Size 0: none.
 */
static struct shim_range unmapped_tail(struct shim_range range)
{
    struct shim_range pages = shim_whole_pages(range);
    uint64_t mapped = shim_align_up(range.size, PAGE);

    return (struct shim_range){ pages.base + mapped, pages.size - mapped };
}

/*
 * The tail of the next of the board's registers, up to those of node `last`, that has one: `*i` is
 * behind it. Size 0: none has. Whether dom0 is given the node is asked last: few have such a page.
 */
static struct shim_range next_tail(const struct shim_plan *plan, uint32_t last, uint32_t *i)
{
    const struct shim_board *board = plan->board;

    while (*i < board->reg_count && board->regs[*i].node <= last) {
        const struct shim_reg *reg = &board->regs[(*i)++];
        struct shim_range tail = unmapped_tail(reg->at);

        if (tail.size && !shim_ranges_meeting(&board->ram, tail) &&
            !shim_xen_keeps(board, reg->node) && !shim_xen_leaves_out(board, reg->node))
            return tail;
    }
    return (struct shim_range){ 0, 0 };
}

/* Is there a node for Xen that has the page? */
static bool page_is_named(const struct shim_tree *tree, struct shim_range page)
{
    static const char buses[] = "dtshim-pages\0sram-map\0";

    for (const char *name = buses; *name; name = shim_word(name, 1)) {
        uint32_t bus = shim_child(tree, SHIM_ROOT, name);

        for (uint32_t node = bus + 1; bus != SHIM_NONE && node < tree->nodes[bus].past; node++) {
            struct shim_entries entries = shim_reg_entries(tree, node);
            struct shim_entry entry;

            while (shim_next_entry(&entries, &entry))
                if (shim_range_contains(shim_cut_range(entry.address, entry.size), page))
                    return true;
        }
    }
    return false;
}

void shim_find_reg_pages(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_plan *plan = check->plan;
    struct shim_range tail;

    /* A domain has whole pages by xen,reg. */
    if (shim_child(check->tree, SHIM_ROOT, "passthrough") != SHIM_NONE || shim_has_no_dom0(check))
        return;
    for (uint32_t i = 0; (tail = next_tail(plan, SHIM_NONE, &i)).size;)
        if (!page_is_named(check->tree, tail))
            shim_breach(check, trap, plan->board->regs[i - 1].node,
                        "reg runs into the page at 0x%llx", SHIM_X(tail.base));
}

/* ---- registers where dom0 has memory --------------------------------------------------- */

static void find_in(struct shim_check *check, const struct shim_trap *trap,
                    struct shim_range dom0)
{
    const struct shim_board *board = check->plan->board;
    struct shim_range at;

    for (uint32_t node = shim_xen_registers_in(board, 1, dom0, &at); node != SHIM_NONE;
         node = shim_xen_registers_in(board, node + 1, dom0, &at))
        shim_breach(check, trap, node, "its registers at 0x%llx are in dom0's 0x%llx-0x%llx",
                    SHIM_X(at.base), SHIM_X(dom0.base), SHIM_X(shim_range_end(dom0) - 1));
}

/* A tree that was rewritten says where dom0's memory is; of another one the model does. */
void shim_find_reg_in_dom0(struct shim_check *check, const struct shim_trap *trap)
{
    bool applied = shim_was_applied_for(check, SHIM_CONTRACT_XEN);

    if (shim_has_no_dom0(check))
        return;
    for (uint32_t i = 0; applied && i < shim_plan_bank_count(check->plan); i++)
        find_in(check, trap, shim_plan_bank(check->plan, i));
    for (uint32_t i = 0; !applied && i < check->dom0.count; i++)
        find_in(check, trap, check->dom0.at[i]);
}

/* `next` is the first of the board's registers at or behind the node, and moves on. */
static bool add_tails(struct shim_plan *plan, uint32_t node, uint32_t *next)
{
    struct shim_range tail;

    while ((tail = next_tail(plan, node, next)).size) {
        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_DECISION, .pass = pass, .node = node, .device = true,
            .what = shim_say(plan->arena, "its page at 0x%llx is listed for Xen",
                             SHIM_X(tail.base)),
            .reason = "its reg starts inside a page, and Xen counts pages from the size alone",
            .alike = { .kind = SHIM_ALIKE_NAMED_PAGE, .what = "is listed for Xen" } });
        if (!shim_ranges_collect(&plan->xen->tails, tail))
            return false;
    }
    return true;
}

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

void shim_mend_reg_pages(const struct shim_plan *plan, struct shim_edits *edits)
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

/* ---- both: the notes about a node are together --------------------------------------------- */

void shim_decide_reg(struct shim_plan *plan)
{
    bool room = shim_ranges_init(&plan->xen->tails, plan->arena, plan->board->reg_count);
    struct shim_reach reach = { .bus = SHIM_NONE };
    uint32_t next = 0;

    for (uint32_t node = 1; room && node < plan->tree->node_count; node++) {
        if (may_lose_way(plan->tree, node, &reach) && !shim_xen_leaves_out(plan->board, node)) {
            note_unsound(plan, node);
            room = shim_decide_ways(plan, node);
        }
        room = room && add_tails(plan, node, &next);
    }
    shim_note_ways(plan);
    shim_ranges_settle(&plan->xen->tails);
    if (!room)
        plan->arena->full = true;
}
