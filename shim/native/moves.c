// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * moves: where machine and guest addresses differ, which guest addresses does
 * reserved RAM have, and does dom0's memory hide anything?
 */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/native/passes.h"
#include "shim/native/plan.h"
#include "shim/plan/pass.h"

static const enum shim_pass_id pass = SHIM_PASS_MOVES;

/* ---- devices ------------------------------------------------------------------ */

/* The registers of all devices, disabled ones too: they may come to life later. */
static bool list_devices(const struct shim_plan *plan, struct shim_ranges *devices)
{
    const struct shim_board *board = plan->board;

    if (!shim_ranges_init(devices, plan->arena, board->reg_count))
        return false;
    for (uint32_t i = 0; i < board->reg_count; i++) {
        uint32_t node = board->regs[i].node;

        if (!shim_off_limits(board, node) && !shim_node_named(plan->tree, node, "hypervisor") &&
            !shim_is_module_node(plan, node))
            shim_ranges_collect(devices, board->regs[i].at);
    }
    shim_ranges_settle(devices);
    return true;
}

/* Devices are mapped at their own addresses: guest memory must not cover them. */
static enum shim_code check_guest_block(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t node = shim_device_in(plan, plan->dom0);

    if (node == SHIM_NONE)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_BASE, SHIM_PATH(plan->tree, node), "reg",
                     "choose a dom0-base whose block is free of devices",
                     "is inside dom0's guest memory 0x%llx-0x%llx", SHIM_X(plan->dom0.base),
                     SHIM_X(shim_range_end(plan->dom0) - 1));
}

/* ---- reserved memory ------------------------------------------------------------ */

/* The guest address that the offset gives a machine address; false: there is none. */
static bool to_guest(const struct shim_plan *plan, struct shim_range *range)
{
    uint64_t down = plan->machine_base - plan->dom0.base;
    bool below = plan->machine_base > plan->dom0.base && range->base < down;

    range->base -= down;
    return !below && !shim_range_wraps(*range) && shim_range_end(*range) <= plan->guest_limit;
}

static bool holds_sram(const struct shim_plan *plan, struct shim_range region)
{
    for (const struct shim_sram_region *sram = plan->board->srams; sram; sram = sram->next)
        if (shim_range_overlaps(sram->outer, region))
            return true;
    return false;
}

static enum shim_code stay(const struct shim_plan *plan, uint32_t node, struct shim_range from,
                           struct shim_range *to, struct shim_error *error)
{
    *to = from;
    if (!shim_range_overlaps(from, plan->dom0))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_BASE,
                     node == SHIM_NONE ? "/memreserve/" : SHIM_PATH(plan->tree, node), NULL,
                     "choose a dom0-base or machine-base that leaves it free",
                     "0x%llx-0x%llx would be hidden by dom0's guest memory, and the offset gives "
                     "it no other place", SHIM_X(from.base), SHIM_X(shim_range_end(from) - 1));
}

/*
 * Reserved RAM is as far from dom0's memory in guest as in machine addresses, so
 * that one offset is right for both. It stays where it is if it is not RAM, if it
 * has on-chip memory in it, which is mapped at its own address, or if there is no
 * place for it: then dom0's memory must not cover it.
 */
static enum shim_code place_reserved(const struct shim_plan *plan,
                                     const struct shim_ranges *devices, uint32_t node,
                                     struct shim_range from, struct shim_range *to,
                                     struct shim_error *error)
{
    *to = from;
    if (!holds_sram(plan, from) && shim_ranges_holding(&plan->board->ram, from) && to_guest(plan, to) &&
        !shim_ranges_meeting(devices, *to))
        return SHIM_OK;
    return stay(plan, node, from, to, error);
}

static bool stays(const struct shim_moved *moved, uint32_t i)
{
    return moved->to[i].base == moved->from[i].base;
}

/* Capacity for all. */
static bool init_staying(struct shim_plan *plan, struct shim_ranges *staying)
{
    uint32_t most = 0;

    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        most += moved->count;
    return shim_ranges_init(staying, plan->arena, most);
}

static void list_staying(const struct shim_plan *plan, struct shim_ranges *staying)
{
    staying->count = 0;
    for (const struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; i < moved->count; i++)
            if (stays(moved, i))
                shim_ranges_collect(staying, moved->to[i]);
    shim_ranges_settle(staying);
}

/* What moves onto what stays has no other place, either; `again`: one has, and may be in the way. */
static enum shim_code settle(const struct shim_plan *plan, const struct shim_ranges *staying,
                             bool *again, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        for (uint32_t i = 0; !code && i < moved->count; i++) {
            if (stays(moved, i) || !shim_ranges_meeting(staying, moved->to[i]))
                continue;
            *again = true;
            code = stay(plan, moved->node, moved->from[i], &moved->to[i], error);
        }
    return code;
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "to move the reserved memory");
}

static enum shim_code settle_all(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_ranges staying;
    enum shim_code code = init_staying(plan, &staying) ? SHIM_OK : no_memory(error);

    for (bool again = true; !code && again;) {
        again = false;
        list_staying(plan, &staying);
        code = settle(plan, &staying, &again, error);
    }
    return code;
}

static void mark_regions(const struct shim_tree *tree, uint32_t user, bool *lent)
{
    struct shim_span phandles = shim_prop(tree, user, SHIM_MEMORY_REGION);

    for (size_t at = 0; at + 4 <= phandles.len; at += 4) {
        uint32_t region = shim_node_of_phandle(tree, shim_be32(phandles.at + at));

        if (region != SHIM_NONE)
            lent[region] = true;
    }
}

/* Which regions are some device's own memory? False: no room to find out. */
static bool mark_lent(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    struct shim_arena scratch = *plan->arena;
    bool *lent = shim_alloc(&scratch, tree->node_count, sizeof(*lent));

    if (!lent)
        return false;
    memset(lent, 0, tree->node_count * sizeof(*lent));
    for (uint32_t user = 1; user < tree->node_count; user++)
        mark_regions(tree, user, lent);
    for (struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        moved->lent = moved->node != SHIM_NONE && lent[moved->node];
    return true;
}

static struct shim_moved *new_moved(struct shim_plan *plan, uint32_t node, uint32_t count)
{
    struct shim_moved *moved = shim_alloc(plan->arena, 1, sizeof(*moved));
    struct shim_range *ranges = shim_alloc(plan->arena, count, 2 * sizeof(*ranges));

    if (!moved || !ranges)
        return NULL;
    *moved = (struct shim_moved){ plan->native->moved, node, ranges, ranges + count, 0, false };
    plan->native->moved = moved;
    return moved;
}

static enum shim_code add_moved(const struct shim_plan *plan,
                                const struct shim_ranges *devices, struct shim_moved *moved,
                                struct shim_range from, struct shim_error *error)
{
    moved->from[moved->count] = from;
    return place_reserved(plan, devices, moved->node, from, &moved->to[moved->count++], error);
}

static enum shim_code place_memreserve(struct shim_plan *plan, const struct shim_ranges *devices,
                                       struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < plan->tree->reserve_count; i++) {
        struct shim_range entry = shim_reserve_at(plan->tree, i);
        struct shim_moved *moved;

        if (shim_reserves_ramdisk(plan->board, entry))
            continue;
        moved = new_moved(plan, SHIM_NONE, 1);
        code = moved ? add_moved(plan, devices, moved, entry, error) : no_memory(error);
    }
    return code;
}

static enum shim_code place_region(struct shim_plan *plan, const struct shim_ranges *devices,
                                   uint32_t node, struct shim_error *error)
{
    struct shim_entries entries = shim_region_entries(plan->tree, node);
    struct shim_moved *moved = new_moved(plan, node, (uint32_t)(entries.rest.len / 8));
    enum shim_code code = moved ? SHIM_OK : no_memory(error);
    struct shim_entry entry;

    while (!code && shim_next_entry(&entries, &entry))
        code = add_moved(plan, devices, moved, (struct shim_range){ entry.address, entry.size }, error);
    return code;
}

/* ---- named by number --------------------------------------------------------------- */

/*
 * `iommu-addresses` (reserved-memory.yaml; of_iommu_get_resv_regions(), Linux 6.3 and later)
 * say by which addresses devices go to a region already, such as a display that is on. Linux
 * maps it there if its reg says the same, and the hardware will not go by another number: so
 * the region stays, in guest as in machine addresses.
 */
static bool is_named_by_number(const struct shim_plan *plan, const struct shim_moved *moved)
{
    return moved->node != SHIM_NONE &&
           shim_prop_named(plan->tree, moved->node, "iommu-addresses").len;
}

static bool meets_another(const struct shim_plan *plan, const struct shim_moved *moved,
                          struct shim_range range)
{
    for (const struct shim_moved *other = plan->native->moved; other; other = other->next)
        for (uint32_t i = 0; other != moved && i < other->count; i++)
            if (shim_range_overlaps(range, other->to[i]))
                return true;
    return false;
}

/* Has its machine address been left free? */
static bool can_stay(const struct shim_plan *plan, const struct shim_moved *moved)
{
    for (uint32_t i = 0; i < moved->count; i++)
        if (shim_range_overlaps(moved->from[i], plan->dom0) ||
            shim_range_end(moved->from[i]) > plan->guest_limit ||
            meets_another(plan, moved, moved->from[i]))
            return false;
    return true;
}

static bool moves(const struct shim_moved *moved)
{
    for (uint32_t i = 0; i < moved->count; i++)
        if (!stays(moved, i))
            return true;
    return false;
}

static void let_stay(struct shim_plan *plan, struct shim_moved *moved)
{
    if (!can_stay(plan, moved)) {
        shim_note(plan, SHIM_WARNING, pass, moved->node, "its iommu-addresses are not moved",
                  "its guest addresses change, as its own are dom0's memory or another region's: a "
                  "device that uses it already faults; choose another dom0-base or machine-base");
        return;
    }
    memcpy(moved->to, moved->from, moved->count * sizeof(*moved->to));
    shim_note(plan, SHIM_DECISION, pass, moved->node, "keeps its machine addresses",
              "by its iommu-addresses a device uses these already");
}

static void keep_named(struct shim_plan *plan)
{
    for (struct shim_moved *moved = plan->native->moved; moved; moved = moved->next)
        if (is_named_by_number(plan, moved) && moves(moved))
            let_stay(plan, moved);
}

enum shim_code shim_native_moves(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t parent = shim_reserved_memory(plan->tree);
    struct shim_ranges devices;
    enum shim_code code;

    if (plan->layout != SHIM_LAYOUT_OFFSET)
        return SHIM_OK;
    code = check_guest_block(plan, error);
    if (!code && !list_devices(plan, &devices))
        code = no_memory(error);
    if (!code)
        code = place_memreserve(plan, &devices, error);
    for (uint32_t node = parent + 1;
         !code && parent != SHIM_NONE && node < plan->tree->nodes[parent].past; node++)
        if (shim_prop(plan->tree, node, SHIM_REG).len)
            code = place_region(plan, &devices, node, error);
    if (!code)
        code = settle_all(plan, error);
    if (!code)
        keep_named(plan);
    if (!code && !mark_lent(plan))
        code = no_memory(error);
    return code;
}
