// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * memory: where RAM is, and what of it is reserved.
 *
 * RAM is the reg of the root's available children with device_type = "memory"
 * (as in Linux 6.1, early_init_dt_scan_memory, but for linux,usable-memory). A
 * node named memory without it is RAM to Xen 4.17's early parser and MMIO to
 * its later one; it is taken as RAM here, and mended by the contract. On many
 * boards firmware fills RAM in at boot: then the policy or the boot loader says
 * where it is.
 */
#include "shim/base/mem.h"
#include "shim/board/board.h"
#include "shim/board/iommu.h"
#include "shim/board/placeholder.h"
#include "shim/board/masters.h"
#include "shim/board/ram_size.h"
#include "shim/board/regs.h"
#include "shim/fdt/address.h"

static const char remedy_reg[] = "correct the property: its length must be whole entries in the "
                                 "parent's #address-cells and #size-cells (1 or 2 each)";

enum { ENTRIES_SPARE = 8, RAM_BITS_MAX = 52 };

/* ---- reg ------------------------------------------------------------------ */

struct entries {
    struct shim_span reg;
    struct shim_cells cells;
    uint32_t count;
};

static struct shim_span memory_entries(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);

    return reg.at ? reg : shim_prop(tree, node, SHIM_USABLE_MEMORY);
}

static enum shim_code entries_of(const struct shim_board *board, uint32_t node,
                                 struct entries *entries, struct shim_error *error)
{
    uint32_t parent = board->tree->nodes[node].parent;
    uint32_t size;

    entries->reg = memory_entries(board->tree, node);
    entries->cells = shim_inherited_cells(board->tree, parent);
    size = 4 * (entries->cells.address + entries->cells.size);
    if (entries->cells.address - 1 > 1 || entries->cells.size - 1 > 1)
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(board->tree, node), "reg", remedy_reg,
                         "its parent has #address-cells %u and #size-cells %u",
                         entries->cells.address, entries->cells.size);
    if (entries->reg.len % size)
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(board->tree, node), "reg", remedy_reg,
                         "has %u bytes, an entry has %u", (unsigned)entries->reg.len, size);
    entries->count = (uint32_t)(entries->reg.len / size);
    return SHIM_OK;
}

static enum shim_code entry_at(const struct shim_board *board, uint32_t node,
                               const struct entries *entries, uint32_t i,
                               struct shim_range *range, struct shim_error *error)
{
    size_t size = 4 * (size_t)(entries->cells.address + entries->cells.size);
    const uint8_t *at = entries->reg.at + i * size;

    shim_read_cells(at, entries->cells.address, &range->base);
    shim_read_cells(at + 4 * (size_t)entries->cells.address, entries->cells.size, &range->size);
    if (shim_range_wraps(*range))
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(board->tree, node), "reg",
                         "correct the range's size",
                         "0x%llx + 0x%llx runs past the end of the address space",
                         SHIM_X(range->base), SHIM_X(range->size));
    return SHIM_OK;
}

static enum shim_code add_entries(const struct shim_board *board, uint32_t node,
                                  struct shim_ranges *to, struct shim_error *error)
{
    struct entries entries = { .count = 0 };
    struct shim_range range;
    enum shim_code code = entries_of(board, node, &entries, error);

    for (uint32_t i = 0; !code && i < entries.count; i++) {
        code = entry_at(board, node, &entries, i, &range, error);
        if (!code && !shim_ranges_collect(to, range))
            return shim_fail(error, SHIM_E_INTERNAL, SHIM_PATH(board->tree, node), "reg",
                             "please report this tree", "more ranges than were counted");
    }
    return code;
}

/* ---- RAM -------------------------------------------------------------------- */

static bool is_memory(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span type = shim_prop(tree, node, SHIM_DEVICE_TYPE);

    if (type.at)
        return shim_list_has(type, "memory") && shim_available(tree, node);
    return shim_node_named(tree, node, "memory") && shim_has_known(tree, node, SHIM_REG) &&
           shim_available(tree, node);
}

/* An upper bound of the entries below `parent`, one cell for the smallest. */
static uint32_t count_entries(const struct shim_tree *tree, uint32_t parent)
{
    uint32_t count = ENTRIES_SPARE;

    for (uint32_t node = parent + 1; node < tree->nodes[parent].past; node++)
        if (tree->nodes[node].parent == parent || parent != SHIM_ROOT)
            count += 1 + (uint32_t)(memory_entries(tree, node).len / 8);
    return count;
}

enum shim_code shim_no_room_for_map(struct shim_error *error)
{
    return shim_no_room(error, "for the memory map");
}

static enum shim_code no_ram(const struct shim_board *board, struct shim_error *error)
{
    const char *remedy = shim_say(
        board->arena, "firmware fills this in on the board: use the tree that the board boots with "
                      "(in its own Linux: --live), or set ram in the policy: %s%s",
        shim_has_ram_base(board) ? "its size (option: --ram 2G), or base and size of each bank "
                                   "(--ram 0x80000000:2G)"
                                 : "base and size of each bank (option: --ram 0x80000000:2G)",
        shim_ram_hint(board));

    if (!board->memory_node_count)
        return shim_fail(error, SHIM_E_NO_RAM, "/", NULL, remedy, "the tree has no memory node");
    return shim_fail(error, SHIM_E_NO_RAM, SHIM_PATH(board->tree, board->memory_nodes[0]), "reg",
                     remedy, board->ram.count ? "gives %s, a placeholder for what the board has"
                                              : "gives RAM no size",
                     SHIM_SIZE(shim_ranges_total(&board->ram)));
}

bool shim_ram_by_policy(const struct shim_board *board)
{
    return board->policy && shim_policy_has(board->policy, SHIM_POLICY_RAM);
}

/* The memory node that it goes to has the root's cells; a long bank becomes several entries. */
static enum shim_code check_told_ram(const struct shim_board *board, struct shim_error *error)
{
    struct shim_cells cells = shim_cells(board->tree, SHIM_ROOT);
    bool sound = cells.address - 1 <= 1 && cells.size - 1 <= 1;

    for (uint32_t i = 0; sound && i < board->ram.count; i++)
        sound = cells.address == 2 || !((shim_range_end(board->ram.at[i]) - 1) >> 32);
    if (sound)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VALUE, "/", "#address-cells",
                     "use RAM addresses that fit the root's #address-cells and #size-cells, or set "
                     "these to 2",
                     "the RAM that was given does not fit in %u and %u cells",
                     cells.address, cells.size);
}

/* RAM from the policy or else the boot loader; it replaces the tree's. */
static enum shim_code take_told_ram(struct shim_board *board, struct shim_error *error)
{
    struct shim_span list = { 0 };
    uint32_t facts = board->facts ? board->facts->ram_count : 0;

    if (shim_ram_by_policy(board))
        list = board->policy->list[SHIM_POLICY_RAM];
    if (!list.len && !facts)
        return no_ram(board, error);
    if (list.len == sizeof(uint64_t)) {
        board->ram_told = true;
        return shim_place_ram(board, shim_be64(list.at), error);
    }
    if (!shim_ranges_init(&board->ram, board->arena, (uint32_t)(list.len / 16) + facts))
        return shim_no_room_for_map(error);
    board->ram_told = true;
    for (size_t i = 0; i < list.len; i += 16)
        shim_ranges_collect(&board->ram, (struct shim_range){ shim_be64(list.at + i),
                                                             shim_be64(list.at + i + 8) });
    for (uint32_t i = 0; !list.len && i < facts; i++)
        shim_ranges_collect(&board->ram, board->facts->ram[i]);
    shim_ranges_settle(&board->ram);
    return check_told_ram(board, error);
}

/* A node that means something else is rewritten as that, and cannot be merged as memory. */
static enum shim_code add_memory_node(struct shim_board *board, uint32_t node,
                                      struct shim_error *error)
{
    const struct shim_tree *tree = board->tree;

    if (shim_is_own_node(tree, node) || shim_is_iommu(tree, node) ||
        (shim_is_description(tree, node) && !shim_node_named(tree, node, "memory")))
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(tree, node), "device_type",
                         "remove its device_type, and put RAM into a node named memory",
                         "marks this as a memory node");
    board->memory_nodes[board->memory_node_count++] = node;
    return add_entries(board, node, &board->ram, error);
}

static bool is_off_limits(const struct shim_board *board, uint32_t top)
{
    return shim_is_memory_node(board, top) || shim_is_own_node(board->tree, top) ||
           shim_is_reserved_memory(board->tree, top);
}

static bool bar_nodes(struct shim_board *board)
{
    const struct shim_tree *tree = board->tree;
    bool *barred = shim_alloc(board->arena, tree->node_count, sizeof(*barred));

    if (!barred)
        return false;
    barred[SHIM_ROOT] = false;
    for (uint32_t top = shim_first_child(tree, SHIM_ROOT); top != SHIM_NONE;
         top = shim_next_child(tree, top))
        memset(barred + top, is_off_limits(board, top), tree->nodes[top].past - top);
    board->off_limits = barred;
    return true;
}

/* By who wins over the tree. */
static bool is_told(const struct shim_board *board)
{
    return shim_ram_by_policy(board) || (board->facts && board->facts->ram_wins);
}

static enum shim_code find_ram(struct shim_board *board, struct shim_error *error)
{
    const struct shim_tree *tree = board->tree;
    enum shim_code code = SHIM_OK;
    uint32_t most;

    most = count_entries(tree, SHIM_ROOT);
    board->memory_nodes = shim_alloc(board->arena, most, sizeof(*board->memory_nodes));
    if (!board->memory_nodes || !shim_ranges_init(&board->ram, board->arena, most))
        return shim_no_room_for_map(error);
    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); !code && child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (is_memory(tree, child))
            code = add_memory_node(board, child, error);
    shim_ranges_settle(&board->ram);
    if (!code && !bar_nodes(board))
        code = shim_no_room_for_map(error);
    if (code)
        return code;
    if (board->ram.count && !is_told(board) && !shim_ram_is_placeholder(board))
        return SHIM_OK;
    return take_told_ram(board, error);
}

/* ---- reserved --------------------------------------------------------------- */

static enum shim_code add_memreserve(struct shim_board *board, struct shim_error *error)
{
    for (uint32_t i = 0; i < board->tree->reserve_count; i++) {
        struct shim_range range = shim_reserve_at(board->tree, i);

        if (shim_range_wraps(range))
            return shim_fail(error, SHIM_E_VALUE, "/memreserve/", NULL,
                             "correct the range's size",
                             "0x%llx + 0x%llx runs past the end of the address space",
                             SHIM_X(range.base), SHIM_X(range.size));
        if (!shim_reserves_ramdisk(board, range))
            shim_ranges_collect(&board->reserved, range);
    }
    return SHIM_OK;
}

static enum shim_code add_region(struct shim_board *board, uint32_t node, struct shim_error *error)
{
    enum shim_code code = add_entries(board, node, &board->reserved, error);

    if (!code && shim_has_known(board->tree, node, SHIM_NO_MAP))
        code = add_entries(board, node, &board->unmapped, error);
    return code;
}

static void note_pool(struct shim_board *board, uint32_t node)
{
    shim_add_note(&board->notes, board->arena, (struct shim_note){
            .kind = SHIM_FINDING, .pass = SHIM_PASS_MEMORY, .node = node, .detail = true,
            .alike = { .kind = SHIM_ALIKE_POOL },
            .what = "reserved at run time, by size",
            .reason = "it has no reg; dom0's kernel finds a place for it in its own memory" });
}

static bool next_claim(const struct shim_board *board, struct shim_claim *claim)
{
    return board->guard && board->guard->next_claim && board->guard->next_claim(board, claim);
}

static uint32_t count_claims(const struct shim_board *board)
{
    struct shim_claim claim = { 0 };
    uint32_t count = 0;

    while (next_claim(board, &claim))
        count++;
    return count;
}

static void add_claims(struct shim_board *board)
{
    struct shim_claim claim = { 0 };

    while (next_claim(board, &claim)) {
        shim_ranges_collect(&board->reserved, claim.at);
        shim_add_note(&board->notes, board->arena, (struct shim_note){
            .kind = SHIM_FINDING, .pass = SHIM_PASS_MEMORY, .node = claim.node,
            .what = shim_say(board->arena, "reserves 0x%llx-0x%llx for itself",
                             SHIM_X(claim.at.base),
                             SHIM_X(shim_range_end(claim.at) - 1)),
            .reason = "it is given out before dom0 has any memory, and nothing else may be "
                      "there" });
    }
}

/*
 * Disabled regions count too: Xen 4.17 does not look at their status, and
 * firmware may use what the kernel is asked to leave alone.
 */
static enum shim_code find_reserved(struct shim_board *board, struct shim_error *error)
{
    const struct shim_tree *tree = board->tree;
    uint32_t parent = shim_reserved_memory(tree);
    uint32_t most = tree->reserve_count + count_claims(board) + ENTRIES_SPARE, past;
    enum shim_code code;

    if (parent != SHIM_NONE)
        most += count_entries(tree, parent);
    if (!shim_ranges_init(&board->reserved, board->arena, most) ||
        !shim_ranges_init(&board->unmapped, board->arena, most))
        return shim_no_room_for_map(error);
    code = add_memreserve(board, error);
    past = parent == SHIM_NONE ? 0 : tree->nodes[parent].past;
    /* Xen 4.17 takes everything below, at any depth. */
    for (uint32_t node = parent + 1; !code && node < past; node++) {
        if (shim_has_known(tree, node, SHIM_REG))
            code = add_region(board, node, error);
        else
            note_pool(board, node);
    }
    add_claims(board);
    shim_ranges_settle(&board->reserved);
    shim_ranges_settle(&board->unmapped);
    return code;
}

static bool says(const struct shim_board *board, uint32_t node, struct shim_range range)
{
    struct entries entries = { .count = 0 };
    struct shim_error ignored;
    struct shim_range entry;

    if (entries_of(board, node, &entries, &ignored))
        return false;
    for (uint32_t i = 0; i < entries.count; i++)
        if (!entry_at(board, node, &entries, i, &entry, &ignored) &&
            shim_range_overlaps(entry, range))
            return true;
    return false;
}

uint32_t shim_memory_node_at(const struct shim_board *board, uint64_t address)
{
    for (uint32_t i = 0; board->memory_node_count > 1 && i < board->memory_node_count; i++)
        if (says(board, board->memory_nodes[i], (struct shim_range){ address, 1 }))
            return board->memory_nodes[i];
    return shim_memory_node(board);
}

static uint32_t claimer_of(const struct shim_board *board, struct shim_range range)
{
    struct shim_claim claim = { 0 };

    while (next_claim(board, &claim))
        if (shim_range_overlaps(claim.at, range))
            return claim.node;
    return SHIM_NONE;
}

uint32_t shim_reserver_of(const struct shim_board *board, struct shim_range range)
{
    uint32_t parent = shim_reserved_memory(board->tree);

    for (uint32_t node = parent + 1; parent != SHIM_NONE && node < board->tree->nodes[parent].past;
         node++)
        if (shim_has_known(board->tree, node, SHIM_REG) && says(board, node, range))
            return node;
    return claimer_of(board, range);
}

/* ---- all of it --------------------------------------------------------------- */

/* No Arm core has more than 52 address bits. */
static enum shim_code check_ram(const struct shim_board *board, struct shim_error *error)
{
    struct shim_range last = board->ram.at[board->ram.count - 1];

    if (shim_range_end(last) - 1 < (uint64_t)1 << RAM_BITS_MAX)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(board->tree, shim_memory_node_at(board, shim_range_end(last) - 1)),
                     "reg", "correct RAM's address and size", "RAM 0x%llx-0x%llx is above 52 bits",
                     SHIM_X(last.base), SHIM_X(shim_range_end(last) - 1));
}

enum shim_code shim_survey_memory(struct shim_board *board, struct shim_error *error)
{
    enum shim_code code = shim_list_regs(board) ? find_ram(board, error)
                                                : shim_no_room_for_map(error);

    if (!code)
        code = check_ram(board, error);
    return code ? code : find_reserved(board, error);
}
