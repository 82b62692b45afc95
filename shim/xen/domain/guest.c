// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/guest.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/fdt/slots.h"
#include "shim/xen/domain/device.h"
#include "shim/xen/domain/comers.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/domain/guest_own.h"
#include "shim/xen/domain/map.h"
#include "shim/xen/domain/passable.h"
#include "shim/xen/plan.h"

/* A root node and nothing else. */
static const uint8_t empty_tree[] __attribute__((aligned(8))) = {
    0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 72, 0, 0, 0, 56, 0, 0, 0, 72, 0, 0, 0, 40, 0, 0, 0, 17,
    0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9,
};

static const struct shim_cells domain_cells = { SHIM_DOMAIN_CELLS, SHIM_DOMAIN_CELLS };

/* ---- DMA ------------------------------------------------------------------------------------ */

/* The machine memory of one block, as a window shows it on the bus. */
static bool compose_block(const struct shim_plan *plan, const struct shim_window_entry *entry,
                          uint32_t block, struct shim_entry *composed)
{
    uint64_t guest;
    struct shim_range machine = shim_plan_block(plan, block, &guest);
    struct shim_range common = machine;

    if (entry)
        common = shim_range_common((struct shim_range){ entry->cpu, entry->size }, machine);
    *composed = (struct shim_entry){
        .address = entry ? entry->bus + (common.base - entry->cpu) : common.base,
        .up = guest + (common.base - machine.base),
        .size = common.size,
    };
    return common.size != 0;
}

/* <bus guest size>: what the window says, with each block's own offset taken off. */
static void put_dma_ranges(const struct shim_writing *writing, struct shim_cursor to,
                           uint32_t window)
{
    const struct shim_plan *plan = writing->plan;
    const struct shim_window *at = &plan->board->windows[window];
    struct shim_entries cells = { .child = 2, .up = 2, .size = 2 };
    uint32_t rows = at->count ? at->count : 1, blocks = shim_plan_block_count(plan), count = 0;
    struct shim_entry *entries = shim_alloc(writing->edits->arena, (size_t)rows * blocks,
                                            sizeof(*entries));

    for (uint32_t i = 0; entries && i < rows * blocks; i++)
        count += compose_block(plan, at->count ? &at->at[i / blocks] : NULL, i % blocks,
                               &entries[count]);
    writing->edits->full = writing->edits->full || !entries;
    shim_put_entries(writing->edits, to, "dma-ranges", &cells, entries, count);
}

/* The window that a device's DMA uses; SHIM_NONE: guest addresses, or no DMA. */
static uint32_t find_window(const struct shim_plan *plan, uint32_t top)
{
    uint32_t torn;
    const struct shim_master *facts = shim_shared_master(plan, top, &torn);

    return facts ? facts->window : SHIM_NONE;
}

static uint32_t window_of(const struct shim_writing *writing, uint32_t top)
{
    return writing->tops[top].window;
}

/* A device that must not be given machine addresses, although it masters DMA. */
static bool goes_by_guest(const struct shim_plan *plan, uint32_t top)
{
    for (uint32_t node = top; node < plan->tree->nodes[top].past; node++)
        if (plan->given->comes[node] & SHIM_COMES && plan->board->dma[node] == SHIM_DMA_PROTECTED)
            return true;
    return false;
}

/* The one window that all devices can share, or SHIM_NONE. */
static uint32_t common_window(const struct shim_plan *plan, const struct shim_top *tops)
{
    uint32_t common = SHIM_NONE;

    for (uint32_t node = 1; node < plan->tree->node_count; node++) {
        if (!(plan->given->comes[node] & SHIM_COMES_TOP))
            continue;
        if (goes_by_guest(plan, node) ||
            (tops[node].window != SHIM_NONE && common != SHIM_NONE && tops[node].window != common))
            return SHIM_NONE;
        if (tops[node].window != SHIM_NONE)
            common = tops[node].window;
    }
    return common;
}

/* ---- buses ------------------------------------------------------------------------------- */

static struct shim_cursor open_bus(const struct shim_writing *writing, struct shim_cursor parent,
                                   const char *name, uint32_t window)
{
    struct shim_cursor bus = shim_open_new(writing->edits, parent, name);

    shim_put_string(writing->edits, bus, "compatible", "simple-bus");
    shim_put_cells(writing->edits, bus, domain_cells);
    shim_put(writing->edits, bus, "ranges", "", 0);
    if (window != SHIM_NONE)
        put_dma_ranges(writing, bus, window);
    return bus;
}

static void write_devices(const struct shim_writing *writing, struct shim_cursor bus,
                          uint32_t window, bool all)
{
    const struct shim_plan *plan = writing->plan;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (plan->given->comes[node] & SHIM_COMES_TOP && (all || window_of(writing, node) == window))
            shim_xen_write_device(writing, bus, node);
}

static bool is_used(const struct shim_writing *writing, uint32_t window)
{
    const struct shim_plan *plan = writing->plan;

    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (plan->given->comes[node] & SHIM_COMES_TOP && window_of(writing, node) == window)
            return true;
    return false;
}

/*
 * One bus where one window does for all. Else devices with guest addresses stay
 * on it and each window gets a bus of its own below: the outer one must not have
 * any, Linux would translate by both.
 */
static void write_passthrough(const struct shim_writing *writing, struct shim_cursor root)
{
    const struct shim_plan *plan = writing->plan;
    uint32_t common = writing->common;
    uint32_t phandle = writing->gic == SHIM_NONE ? 0 : plan->tree->nodes[writing->gic].phandle;
    struct shim_cursor bus = open_bus(writing, root, "passthrough", common);

    shim_put_u32(writing->edits, bus, "interrupt-parent", phandle ? phandle : SHIM_GUEST_GIC_PHANDLE);
    write_devices(writing, bus, SHIM_NONE, common != SHIM_NONE);
    for (uint32_t window = 0; common == SHIM_NONE && window < plan->board->window_count; window++) {
        struct shim_cursor inner;

        if (!is_used(writing, window))
            continue;
        inner = open_bus(writing, bus, shim_say(plan->arena, "dma-%u", window), window);
        write_devices(writing, inner, window, false);
        shim_close(writing->edits, inner);
    }
    shim_close(writing->edits, bus);
}

/* ---- aliases ----------------------------------------------------------------------------- */

static uint32_t top_of(const struct shim_plan *plan, uint32_t node)
{
    while (!(plan->given->comes[node] & SHIM_COMES_TOP))
        node = plan->tree->nodes[node].parent;
    return node;
}

/* Where a node of the host's is in the domain's tree. */
static const char *new_path(const struct shim_writing *writing, uint32_t node)
{
    const struct shim_plan *plan = writing->plan;
    uint32_t top = top_of(plan, node), window = window_of(writing, top);
    const char *bus = writing->common == SHIM_NONE && window != SHIM_NONE
                          ? shim_say(plan->arena, "/passthrough/dma-%u", window) : "/passthrough";
    const char *name = shim_xen_device_name(writing, top);
    const char *below = shim_xen_host_path(writing, node);
    size_t above = strlen(shim_xen_host_path(writing, top));
    size_t room = strlen(bus) + 1 + strlen(name) + strlen(below) + 1;
    char *path = shim_alloc(writing->edits->arena, room, 1);
    struct shim_text text;

    writing->edits->full = writing->edits->full || plan->arena->full;
    if (plan->arena->full)
        return "";
    text = shim_text(path, room);
    shim_textf(&text, "%s/%s%s", bus, name, below + above);
    return path;
}

/* Linux numbers disks and ports by them. */
static void write_aliases(const struct shim_writing *writing, struct shim_cursor root)
{
    const struct shim_tree *tree = writing->plan->tree;
    uint32_t aliases = shim_child(tree, SHIM_ROOT, "aliases");
    struct shim_cursor node = { .node = SHIM_ROOT };

    for (uint32_t prop = aliases == SHIM_NONE ? 0 : tree->nodes[aliases].first_prop;
         aliases != SHIM_NONE && prop < tree->nodes[aliases].props_end; prop++) {
        const char *path = shim_string(shim_prop_value(tree, prop));
        uint32_t target = path && *path == '/' ? shim_node_at(tree, path) : SHIM_NONE;

        if (target == SHIM_NONE || !(writing->plan->given->comes[target] & SHIM_COMES))
            continue;
        if (node.node == SHIM_ROOT)
            node = shim_open_new(writing->edits, root, "aliases");
        shim_put_string(writing->edits, node, shim_prop_name(tree, prop),
                        new_path(writing, target));
    }
    if (node.node != SHIM_ROOT)
        shim_close(writing->edits, node);
}

/* ---- the tree ---------------------------------------------------------------------------- */

/* /gic is not copied: Xen gives its own GIC this phandle. */
static void write_gic(const struct shim_writing *writing, struct shim_cursor root)
{
    struct shim_cursor node;

    if (writing->gic == SHIM_NONE || !writing->plan->tree->nodes[writing->gic].phandle)
        return;
    node = shim_open_new(writing->edits, root, "gic");
    shim_put_u32(writing->edits, node, "phandle", writing->plan->tree->nodes[writing->gic].phandle);
    shim_close(writing->edits, node);
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "for the domain's tree");
}

static enum shim_code start(struct shim_plan *plan, struct shim_edits *edits,
                            struct shim_error *error)
{
    struct shim_tree *empty = shim_alloc(plan->arena, 1, sizeof(*empty));
    enum shim_code code;

    if (!empty)
        return no_memory(error);
    code = shim_tree_check(empty, empty_tree, sizeof(empty_tree), plan->arena, error);
    if (!code)
        shim_edits_init(edits, empty, plan->arena);
    return code;
}

/* Marks it, and the one before it with the same address, if there is one. */
static void note_sharing(struct shim_top *tops, const struct shim_slots *slots, uint32_t node)
{
    struct shim_top *top = &tops[node];
    uint32_t hash = shim_slot_hash(0, (const char *)&top->address, sizeof(top->address)), other;

    for (uint32_t slot = hash; (other = slots->at[slot & slots->mask]) != SHIM_NONE; slot++)
        if (tops[other].address == top->address) {
            tops[other].shares = top->shares = true;
            return;
        }
    shim_slot_put(slots, hash, node);
}

/* The table of addresses is given back. */
static const struct shim_top *look_at_tops(struct shim_plan *plan)
{
    uint32_t count = plan->tree->node_count;
    struct shim_top *tops = shim_alloc(plan->arena, count, sizeof(*tops));
    struct shim_arena kept = *plan->arena;
    struct shim_slots slots = shim_slots(plan->arena, count);

    for (uint32_t node = 0; tops && slots.at && node < count; node++) {
        if (!(plan->given->comes[node] & SHIM_COMES_TOP))
            continue;
        tops[node] = (struct shim_top){ .window = find_window(plan, node) };
        if (shim_device_address(plan->tree, node, &tops[node].address))
            note_sharing(tops, &slots, node);
        else
            tops[node].address = SHIM_NO_ADDRESS;
    }
    kept.full = plan->arena->full;
    *plan->arena = kept;
    return slots.at ? tops : NULL;
}

static struct shim_writing writing_to(const struct shim_plan *plan, struct shim_edits *edits,
                                 const struct shim_top *tops, bool for_xen)
{
    return (struct shim_writing){ plan, edits, shim_gic(plan->tree), tops,
                                  common_window(plan, tops), for_xen };
}

static void write_partial(const struct shim_plan *plan, struct shim_edits *edits,
                          const struct shim_top *tops)
{
    struct shim_writing writing = writing_to(plan, edits, tops, true);
    struct shim_cursor root = shim_cursor(SHIM_ROOT);

    shim_put_cells(edits, root, domain_cells);
    write_gic(&writing, root);
    write_aliases(&writing, root);
    write_passthrough(&writing, root);
}

uint32_t shim_xen_guest_cpus(const struct shim_plan *plan)
{
    uint32_t cpus = shim_child(plan->tree, SHIM_ROOT, "cpus"), count = 0;

    if (cpus == SHIM_NONE)
        return 1;
    for (uint32_t cpu = shim_first_child(plan->tree, cpus); cpu != SHIM_NONE;
         cpu = shim_next_child(plan->tree, cpu))
        count += shim_list_has(shim_prop(plan->tree, cpu, SHIM_DEVICE_TYPE), "cpu") &&
                 shim_available(plan->tree, cpu);
    return count ? count : 1;
}

/* All of the domain's tree as Xen will make it, or without devices; only the lengths count. */
static enum shim_code measure(struct shim_plan *plan, const struct shim_top *tops, bool devices,
                              const char *bootargs, size_t *size, struct shim_error *error)
{
    struct shim_arena kept = *plan->arena;
    struct shim_edits whole;
    struct shim_writing writing = writing_to(plan, &whole, tops, false);
    enum shim_code code = start(plan, &whole, error);

    if (code)
        return code;
    shim_xen_write_own_part(plan, &whole, bootargs, shim_xen_guest_cpus(plan));
    if (devices) {
        write_aliases(&writing, shim_cursor(SHIM_ROOT));
        write_passthrough(&writing, shim_cursor(SHIM_ROOT));
    }
    *size = shim_splice_size(&whole, 0);
    kept.full = plan->arena->full;
    *plan->arena = kept;
    return SHIM_OK;
}

/* Bytes that a release has for the domain's tree (prepare_dtb_domU()). */
static size_t room_of(const struct shim_plan *plan, const struct shim_release *xen)
{
    bool more = xen->domain_tree_partial || shim_policy_feature(plan->policy, "large-tree");

    return xen->domain_tree + (more ? plan->given->tree_size : 0);
}

/* Where the last of the releases that are planned for has the room, that is a way, too. */
static const char *or_release(const struct shim_plan *plan, size_t size, const char *remedy)
{
    const struct shim_release *other = plan->xen->releases.last;

    if (size > room_of(plan, other))
        return remedy;
    return shim_say(plan->arena, "%s, or set xen-version %s if Xen is that release", remedy,
                    other->name);
}

/* No device is what it is too large for: a domain has a node for each CPU of the board. */
static enum shim_code no_cpu_room(const struct shim_plan *plan, const struct shim_release *xen,
                                  size_t alone, const char *remedy, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_TOO_LARGE, "/cpus", NULL, remedy,
                     "the tree of a domain with %u CPUs would have %u bytes without any device; "
                     "Xen %s has room for %u and silently drops the rest",
                     shim_xen_guest_cpus(plan), (unsigned)alone, xen->name,
                     (unsigned)room_of(plan, xen));
}

static enum shim_code no_tree_room(struct shim_plan *plan, const struct shim_top *tops,
                                   const char *bootargs, size_t size, struct shim_error *error)
{
    const struct shim_release *xen = plan->xen->releases.first;
    size_t alone = 0;
    enum shim_code code = measure(plan, tops, false, bootargs, &alone, error);

    if (code)
        return code;
    if (alone > room_of(plan, xen))
        return no_cpu_room(plan, xen, alone,
                           or_release(plan, size, "use layout direct, or enable fewer CPUs in the "
                                      "tree"), error);
    return shim_fail(error, SHIM_E_TOO_LARGE, "policy", "passthrough",
                     or_release(plan, size, "name fewer devices"),
                     "the domain's tree would have %u bytes; Xen %s has room for %u and silently "
                     "drops the rest", (unsigned)size, xen->name,
                     (unsigned)room_of(plan, xen));
}

/* Later releases have more of it, never less. */
static enum shim_code check_room(struct shim_plan *plan, const struct shim_top *tops,
                                 const char *bootargs, struct shim_error *error)
{
    const struct shim_release *xen = plan->xen->releases.first;
    size_t size = 0;
    enum shim_code code = measure(plan, tops, true, bootargs, &size, error);

    if (code)
        return code;
    if (size > room_of(plan, xen))
        return no_tree_room(plan, tops, bootargs, size, error);
    shim_note(plan, SHIM_FINDING, SHIM_PASS_CONTRACT, SHIM_NONE,
              shim_say(plan->arena, "the domain's tree has at most %u bytes", (unsigned)size),
              shim_say(plan->arena, "what Xen adds and the devices; Xen %s has room for %u",
                       xen->name, (unsigned)room_of(plan, xen)));
    return SHIM_OK;
}

enum shim_code shim_xen_compose_guest(struct shim_plan *plan, const char *bootargs,
                                      struct shim_error *error)
{
    const struct shim_top *tops = look_at_tops(plan);
    enum shim_code code;

    if (!tops)
        return no_memory(error);
    code = start(plan, &plan->given->tree, error);
    if (code)
        return code;
    write_partial(plan, &plan->given->tree, tops);
    plan->given->tree_size = shim_splice_size(&plan->given->tree, 0);
    return check_room(plan, tops, bootargs, error);
}
