// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * memory: where RAM is, what of it is reserved, and which machine block
 * becomes dom0's memory.
 *
 * RAM is the reg of the root's available children with device_type = "memory"
 * (as in Linux 6.1, early_init_dt_scan_memory, but for linux,usable-memory). A
 * node named memory without it is RAM to Xen 4.17's early parser and MMIO to
 * its later one; it is taken as RAM here, and mended by the contract. On many
 * boards firmware fills RAM in at boot: then the policy or the boot loader says
 * where it is.
 */
#include "shim/base/mem.h"
#include "shim/board/masters.h"
#include "shim/fdt/address.h"
#include "shim/plan/block.h"
#include "shim/plan/pass.h"

static const char pass[] = "memory";
static const char remedy_reg[] = "mend the property: its length must be whole entries of the "
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

static enum shim_code entries_of(const struct shim_plan *plan, uint32_t node,
                                 struct entries *entries, struct shim_error *error)
{
    uint32_t parent = plan->tree->nodes[node].parent;
    uint32_t size;

    entries->reg = memory_entries(plan->tree, node);
    entries->cells = shim_cells(plan->tree, parent);
    size = 4 * (entries->cells.address + entries->cells.size);
    if (entries->cells.address - 1 > 1 || entries->cells.size - 1 > 1)
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(plan->tree, node), "reg", remedy_reg,
                         "its parent has #address-cells %u and #size-cells %u",
                         entries->cells.address, entries->cells.size);
    if (entries->reg.len % size)
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(plan->tree, node), "reg", remedy_reg,
                         "has %u bytes, an entry has %u", (unsigned)entries->reg.len, size);
    entries->count = (uint32_t)(entries->reg.len / size);
    return SHIM_OK;
}

static enum shim_code entry_at(const struct shim_plan *plan, uint32_t node,
                               const struct entries *entries, uint32_t i,
                               struct shim_range *range, struct shim_error *error)
{
    size_t size = 4 * (size_t)(entries->cells.address + entries->cells.size);
    const uint8_t *at = entries->reg.at + i * size;

    shim_read_cells(at, entries->cells.address, &range->base);
    shim_read_cells(at + 4 * (size_t)entries->cells.address, entries->cells.size, &range->size);
    if (shim_range_wraps(*range))
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(plan->tree, node), "reg",
                         "give the range its true size",
                         "0x%llx + 0x%llx runs past the end of the address space",
                         SHIM_X(range->base), SHIM_X(range->size));
    return SHIM_OK;
}

static enum shim_code add_entries(const struct shim_plan *plan, uint32_t node,
                                  struct shim_ranges *to, struct shim_error *error)
{
    struct entries entries = { .count = 0 };
    struct shim_range range;
    enum shim_code code = entries_of(plan, node, &entries, error);

    for (uint32_t i = 0; !code && i < entries.count; i++) {
        code = entry_at(plan, node, &entries, i, &range, error);
        if (!code && !shim_ranges_collect(to, range))
            return shim_fail(error, SHIM_E_INTERNAL, SHIM_PATH(plan->tree, node), "reg",
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
    return shim_node_named(tree, node, "memory") && shim_prop(tree, node, SHIM_REG).at &&
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

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the memory map");
}

static enum shim_code no_ram(const struct shim_plan *plan, struct shim_error *error)
{
    static const char remedy[] =
        "firmware fills this in on the board: take the tree that the board boots with, or give "
        "ram in the policy, base and size of each bank (option: --ram 0x80000000:2G)";

    if (!plan->board->memory_node_count)
        return shim_fail(error, SHIM_E_NO_RAM, "/", NULL, remedy, "the tree has no memory node");
    return shim_fail(error, SHIM_E_NO_RAM, SHIM_PATH(plan->tree, plan->board->memory_nodes[0]), "reg",
                     remedy, "says that RAM has no size");
}

static bool told_by_policy(const struct shim_plan *plan)
{
    return plan->policy && shim_policy_has(plan->policy, SHIM_POLICY_RAM);
}

/* The memory node that it goes to has the root's cells; a long bank becomes several entries. */
static enum shim_code check_told_ram(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_cells cells = shim_cells(plan->tree, SHIM_ROOT);
    bool sound = cells.address - 1 <= 1 && cells.size - 1 <= 1;

    for (uint32_t i = 0; sound && i < plan->board->ram.count; i++)
        sound = cells.address == 2 || !((shim_range_end(plan->board->ram.at[i]) - 1) >> 32);
    if (sound)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VALUE, "/", "#address-cells",
                     "tell RAM below 4 GiB only, or give the root two cells each",
                     "%u and %u cells cannot say the RAM that was told", cells.address, cells.size);
}

/* RAM as the policy or else the boot loader tells it; it replaces what the tree says. */
static enum shim_code take_told_ram(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_span list = { 0 };
    uint32_t facts = plan->facts ? plan->facts->ram_count : 0;

    if (told_by_policy(plan))
        list = plan->policy->list[SHIM_POLICY_RAM];
    if (!list.len && !facts)
        return no_ram(plan, error);
    if (!shim_ranges_init(&plan->board->ram, plan->arena, (uint32_t)(list.len / 16) + facts))
        return no_memory(error);
    plan->board->ram_told = true;
    for (size_t i = 0; i < list.len; i += 16)
        shim_ranges_collect(&plan->board->ram, (struct shim_range){ shim_be64(list.at + i),
                                                             shim_be64(list.at + i + 8) });
    for (uint32_t i = 0; !list.len && i < facts; i++)
        shim_ranges_collect(&plan->board->ram, plan->facts->ram[i]);
    shim_ranges_settle(&plan->board->ram);
    return check_told_ram(plan, error);
}

/* A node that means something else is rewritten as that, and cannot be merged as memory. */
static enum shim_code add_memory_node(struct shim_plan *plan, uint32_t node,
                                      struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;

    if (shim_is_own_node(tree, node) ||
        (shim_is_description(tree, node) && !shim_node_named(tree, node, "memory")))
        return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(tree, node), "device_type",
                         "take its device_type away, and say RAM in a node named memory",
                         "says that this is a memory node");
    plan->board->memory_nodes[plan->board->memory_node_count++] = node;
    return add_entries(plan, node, &plan->board->ram, error);
}

static enum shim_code find_ram(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    enum shim_code code = SHIM_OK;
    uint32_t most;

    most = count_entries(tree, SHIM_ROOT);
    plan->board->memory_nodes = shim_alloc(plan->arena, most, sizeof(*plan->board->memory_nodes));
    if (!plan->board->memory_nodes || !shim_ranges_init(&plan->board->ram, plan->arena, most))
        return no_memory(error);
    for (uint32_t child = shim_first_child(tree, SHIM_ROOT); !code && child != SHIM_NONE;
         child = shim_next_child(tree, child))
        if (is_memory(tree, child))
            code = add_memory_node(plan, child, error);
    shim_ranges_settle(&plan->board->ram);
    if (!code && !shim_plan_bar_nodes(plan))
        code = no_memory(error);
    if (code)
        return code;
    return plan->board->ram.count && !told_by_policy(plan) ? SHIM_OK : take_told_ram(plan, error);
}

static void note_ram(struct shim_plan *plan)
{
    const char *reason = !plan->board->ram_told        ? "the memory nodes say so"
                         : told_by_policy(plan) ? "the policy says so"
                                                : "the boot loader says so, the tree does not";

    for (uint32_t i = 0; i < plan->board->ram.count; i++)
        shim_note(plan, SHIM_FINDING, pass, shim_plan_memory_node(plan),
                  shim_say(plan->arena, "RAM 0x%llx-0x%llx (%s)", SHIM_X(plan->board->ram.at[i].base),
                           SHIM_X(shim_range_end(plan->board->ram.at[i]) - 1),
                           SHIM_SIZE(plan->board->ram.at[i].size)), reason);
}

/* ---- reserved --------------------------------------------------------------- */

static enum shim_code add_memreserve(struct shim_plan *plan, struct shim_error *error)
{
    for (uint32_t i = 0; i < plan->tree->reserve_count; i++) {
        struct shim_range range = shim_reserve_at(plan->tree, i);

        if (shim_range_wraps(range))
            return shim_fail(error, SHIM_E_VALUE, "/memreserve/", NULL,
                             "give the range its true size",
                             "0x%llx + 0x%llx runs past the end of the address space",
                             SHIM_X(range.base), SHIM_X(range.size));
        if (!shim_reserves_ramdisk(plan, range))
            shim_ranges_collect(&plan->board->reserved, range);
    }
    return SHIM_OK;
}

static enum shim_code add_region(struct shim_plan *plan, uint32_t node, struct shim_error *error)
{
    enum shim_code code = add_entries(plan, node, &plan->board->reserved, error);

    if (!code && shim_prop(plan->tree, node, SHIM_NO_MAP).at)
        code = add_entries(plan, node, &plan->board->unmapped, error);
    return code;
}

/*
 * Disabled regions count too: Xen 4.17 does not look at their status, and
 * firmware may use what the kernel is told to leave alone.
 */
static enum shim_code find_reserved(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t parent = shim_child(tree, SHIM_ROOT, "reserved-memory");
    uint32_t most = tree->reserve_count + ENTRIES_SPARE, past;
    enum shim_code code;

    if (parent != SHIM_NONE)
        most += count_entries(tree, parent);
    if (!shim_ranges_init(&plan->board->reserved, plan->arena, most) ||
        !shim_ranges_init(&plan->board->unmapped, plan->arena, most))
        return no_memory(error);
    code = add_memreserve(plan, error);
    past = parent == SHIM_NONE ? 0 : tree->nodes[parent].past;
    /* Xen 4.17 takes whatever stands below, at any depth. */
    for (uint32_t node = parent + 1; !code && node < past; node++) {
        if (shim_prop(tree, node, SHIM_REG).at)
            code = add_region(plan, node, error);
        else
            shim_note(plan, SHIM_FINDING, pass, node, "reserved at run time, by size",
                      "it has no reg; dom0's kernel finds a place for it in its own memory");
    }
    shim_ranges_settle(&plan->board->reserved);
    shim_ranges_settle(&plan->board->unmapped);
    return code;
}

static bool region_meets(const struct shim_plan *plan, uint32_t node, struct shim_range range)
{
    struct entries entries = { .count = 0 };
    struct shim_error ignored;
    struct shim_range entry;

    if (entries_of(plan, node, &entries, &ignored))
        return false;
    for (uint32_t i = 0; i < entries.count; i++)
        if (!entry_at(plan, node, &entries, i, &entry, &ignored) &&
            shim_range_overlaps(entry, range))
            return true;
    return false;
}

/* The node that reserves part of the range; SHIM_NONE when /memreserve/ does. */
static uint32_t reserver_of(const struct shim_plan *plan, struct shim_range range)
{
    uint32_t parent = shim_child(plan->tree, SHIM_ROOT, "reserved-memory");

    for (uint32_t node = parent + 1; parent != SHIM_NONE && node < plan->tree->nodes[parent].past;
         node++)
        if (shim_prop(plan->tree, node, SHIM_REG).at && region_meets(plan, node, range))
            return node;
    return SHIM_NONE;
}

/* ---- dom0 --------------------------------------------------------------------- */

static const char dom0_mem[] = "dom0_mem=";

/*
 * A size as Xen reads it (parse_size_and_unit()): without a unit it is in KiB,
 * B is bytes. 0: not understood.
 */
static uint64_t xen_size(struct shim_span word, struct shim_arena *arena)
{
    struct shim_policy parsed = { 0 };
    struct shim_error ignored;
    char number[24];
    char last = (char)word.at[word.len - 1];

    if (word.len + 2 > sizeof(number))
        return 0;
    memcpy(number, word.at, word.len);
    number[word.len] = last >= '0' && last <= '9' ? 'K' : '\0';
    number[word.len + 1] = '\0';
    if (last == 'B' || last == 'b')
        number[word.len - 1] = '\0';
    if (shim_policy_set(&parsed, SHIM_POLICY_DOM0_MEM, number, arena, &ignored))
        return 0;
    return parsed.value[SHIM_POLICY_DOM0_MEM];
}

/* The value behind the last dom0_mem= of Xen's command line; `at` NULL: none. */
static struct shim_span command_line_memory(const struct shim_plan *plan)
{
    const size_t skip = sizeof(dom0_mem) - 1;
    struct shim_span word = shim_first_word(shim_xen_command_line(plan->tree));
    struct shim_span found = { 0 };

    while (word.at) {
        if (word.len > skip && !strncmp((const char *)word.at, dom0_mem, skip))
            found = (struct shim_span){ word.at + skip, word.len - skip };
        word = shim_first_word((const char *)word.at + word.len);
    }
    return found;
}

static enum shim_code decide_size(struct shim_plan *plan, struct shim_error *error)
{
    bool given = shim_policy_has(plan->policy, SHIM_POLICY_DOM0_MEM);
    struct shim_span told = { 0 };

    if (!given && shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        told = command_line_memory(plan);
    plan->dom0.size = told.at ? xen_size(told, plan->arena)
                              : plan->policy->value[SHIM_POLICY_DOM0_MEM];
    if (!plan->dom0.size)
        return shim_fail(error, SHIM_E_VALUE, "/chosen", "xen,xen-bootargs",
                         "write it as dom0_mem=512M, or give dom0-mem in the policy",
                         "its dom0_mem= is not a plain size in whole pages");
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
              shim_say(plan->arena, "dom0 gets %s", SHIM_SIZE(plan->dom0.size)),
              given     ? "the policy says dom0-mem"
              : told.at ? "Xen's command line says dom0_mem="
                        : "the default, as in Xen");
    return SHIM_OK;
}

/* Cores without AArch64 (bindings/arm/cpus.yaml); a '*' stands for any characters. */
static const char cores_32[] =
    "arm,arm1*\0arm,arm7*\0arm,arm9*\0arm,cortex-a5\0arm,cortex-a7\0arm,cortex-a8\0"
    "arm,cortex-a9\0arm,cortex-a12\0arm,cortex-a15\0arm,cortex-a17\0arm,cortex-a32\0"
    "arm,cortex-m*\0arm,sc000\0arm,sc300\0brcm,brahma-b15\0faraday,fa526\0intel,sa110\0"
    "intel,sa1100\0marvell,feroceon\0marvell,mohawk\0marvell,pj4*\0marvell,sheeva*\0"
    "marvell,xsc3\0marvell,xscale\0qcom,krait\0qcom,scorpion\0";

/* A tree for a core without AArch64 means a 32-bit kernel; firmware alone cannot tell. */
static bool has_32_bit_cores(const struct shim_tree *tree)
{
    uint32_t cpus = shim_child(tree, SHIM_ROOT, "cpus");

    if (cpus == SHIM_NONE)
        return false;
    for (uint32_t cpu = shim_first_child(tree, cpus); cpu != SHIM_NONE;
         cpu = shim_next_child(tree, cpu)) {
        const char *core = shim_list_next(shim_prop(tree, cpu, SHIM_COMPATIBLE), NULL);

        if (core && shim_matches_one(cores_32, core))
            return true;
    }
    return false;
}

/* How many bits dom0's kernel has, and with them where guest addresses end. */
static void decide_limit(struct shim_plan *plan)
{
    uint64_t bits = plan->policy->value[SHIM_POLICY_IPA_BITS];

    if (plan->facts->ipa_bits && plan->facts->ipa_bits < bits)
        bits = plan->facts->ipa_bits;
    plan->kernel_bits = has_32_bit_cores(plan->tree) ? 32 : 64;
    if (plan->facts->kernel_bits)
        plan->kernel_bits = plan->facts->kernel_bits;
    if (shim_policy_has(plan->policy, SHIM_POLICY_KERNEL_BITS))
        plan->kernel_bits = (uint32_t)plan->policy->value[SHIM_POLICY_KERNEL_BITS];
    plan->guest_limit = (uint64_t)1 << bits;
    if (shim_cells(plan->tree, SHIM_ROOT).address == 1 || plan->kernel_bits == 32)
        plan->guest_limit = (uint64_t)1 << 32;
}

/*
 * An arm32 zImage without a word on where it was loaded takes the start of the
 * 128 MiB that it runs in (AUTO_ZRELADDR); kernels before 5.12 do so even where
 * that is no RAM, and before 5.10 their start had to be a multiple of 16 MiB.
 */
static void note_base_32(struct shim_plan *plan)
{
    if (plan->kernel_bits == 32 && plan->dom0.base % ((uint64_t)16 << 20))
        shim_note(plan, SHIM_WARNING, pass, shim_plan_memory_node(plan),
                  "older 32-bit kernels do not start here",
                  "the base is no multiple of 16 MiB; Linux 5.12 and later need 2 MiB");
}

static uint64_t base_of(const struct shim_plan *plan)
{
    if (shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE))
        return plan->policy->value[SHIM_POLICY_DOM0_BASE];
    if (plan->domain)
        return SHIM_XEN_GUEST_RAM;
    return plan->nearest ? plan->nearest->base : plan->board->ram.at[0].base;
}

static const char *base_reason(const struct shim_plan *plan)
{
    const struct shim_nearest *nearest = plan->nearest;

    if (shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE))
        return "the policy says dom0-base";
    if (plan->dom0.base == plan->board->ram.at[0].base)
        return "the native base: the board's lowest RAM";
    if (plan->domain)
        return "Xen puts every xen,domain there; the board's lowest RAM is elsewhere";
    return shim_say(plan->arena, "%s; the native base 0x%llx cannot be had: %s; what would bring "
                    "it: %s",
                    nearest->unserved ? "the lowest of the places that serve the most devices"
                                      : "the lowest place to which Xen can be steered and that "
                                        "every DMA window reaches",
                    SHIM_X(plan->board->ram.at[0].base), nearest->why, nearest->remedy);
}

static enum shim_code decide_base(struct shim_plan *plan, struct shim_error *error)
{
    uint64_t limit = plan->guest_limit;

    plan->domain = shim_wants_domain(plan);
    plan->dom0.base = base_of(plan);
    if (plan->domain && plan->dom0.base != SHIM_XEN_GUEST_RAM)
        return shim_fail(error, SHIM_E_BASE, "policy", "dom0-base",
                         "leave dom0-base out, or use layout direct",
                         "Xen puts the memory of every xen,domain at 0x%llx",
                         SHIM_X(SHIM_XEN_GUEST_RAM));
    if (plan->dom0.base % 4096)
        return shim_fail(error, SHIM_E_BASE, SHIM_PATH(plan->tree, shim_plan_memory_node(plan)),
                         "reg", "name a page-aligned dom0-base",
                         "RAM starts at 0x%llx, inside a page", SHIM_X(plan->dom0.base));
    if (plan->dom0.base >= limit || plan->dom0.size > limit - plan->dom0.base)
        return shim_fail(error, SHIM_E_BASE, "policy", "dom0-base",
                         "lower dom0-base or dom0-mem, or raise ipa-bits",
                         "dom0 at 0x%llx would end above the guest address limit 0x%llx",
                         SHIM_X(plan->dom0.base), SHIM_X(limit));
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
              shim_say(plan->arena, "dom0's memory starts at guest address 0x%llx",
                       SHIM_X(plan->dom0.base)), base_reason(plan));
    note_base_32(plan);
    return SHIM_OK;
}

enum shim_code shim_check_block(const struct shim_plan *plan, struct shim_range block,
                                const char *property, struct shim_error *error)
{
    const struct shim_range *taken = shim_ranges_meeting(&plan->board->reserved, block);
    uint32_t who;

    if (shim_range_wraps(block) || !shim_ranges_holding(&plan->board->ram, block))
        return shim_fail(error, SHIM_E_BASE, "policy", property,
                         "choose a block inside one bank of RAM",
                         "0x%llx-0x%llx is not RAM throughout", SHIM_X(block.base),
                         SHIM_X(shim_range_end(block) - 1));
    if (!taken)
        return SHIM_OK;
    who = reserver_of(plan, block);
    return shim_fail(error, SHIM_E_BASE,
                     who == SHIM_NONE ? "/memreserve/" : SHIM_PATH(plan->tree, who), property,
                     shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE) ||
                             shim_policy_has(plan->policy, SHIM_POLICY_MACHINE_BASE)
                         ? "move the reservation, make dom0-mem smaller, or choose another base"
                         : "move the reservation, or make dom0-mem smaller",
                     "dom0's block 0x%llx-0x%llx meets the reserved 0x%llx-0x%llx",
                     SHIM_X(block.base), SHIM_X(shim_range_end(block) - 1),
                     SHIM_X(taken->base), SHIM_X(shim_range_end(*taken) - 1));
}

/* ---- pools that are placed at run time ------------------------------------------ */

static bool block_serves(const struct shim_plan *plan, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_entry entry;

    entries.rest = shim_prop(plan->tree, node, SHIM_ALLOC_RANGES);
    while (shim_next_entry(&entries, &entry))
        if (shim_range_overlaps(shim_cut_range(entry.address, entry.size),
                                shim_plan_machine_block(plan)))
            return true;
    return false;
}

/*
 * alloc-ranges are machine addresses: what a device behind the pool can reach. The first
 * pool behind `node` that the block does not serve; SHIM_NONE: there is no more.
 */
static uint32_t next_unserved(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t parent = shim_child(tree, SHIM_ROOT, "reserved-memory");

    if (parent == SHIM_NONE)
        return SHIM_NONE;
    for (node = node == SHIM_NONE ? parent + 1 : node + 1; node < tree->nodes[parent].past; node++)
        if (shim_prop(tree, node, SHIM_ALLOC_RANGES).at && shim_available(tree, node) &&
            !block_serves(plan, node))
            return node;
    return SHIM_NONE;
}

uint32_t shim_unserved_pools(const struct shim_plan *plan)
{
    uint32_t count = 0;

    for (uint32_t node = next_unserved(plan, SHIM_NONE); node != SHIM_NONE;
         node = next_unserved(plan, node))
        count++;
    return count;
}

static void check_pools(struct shim_plan *plan)
{
    for (uint32_t node = next_unserved(plan, SHIM_NONE); node != SHIM_NONE;
         node = next_unserved(plan, node))
        shim_note(plan, SHIM_WARNING, pass, node, "dom0's kernel cannot place this pool",
                  "none of its alloc-ranges lies in dom0's machine block");
}

/* No Arm core has more than 52 address bits. */
static enum shim_code check_ram(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_range last = plan->board->ram.at[plan->board->ram.count - 1];

    if (shim_range_end(last) - 1 < (uint64_t)1 << RAM_BITS_MAX)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(plan->tree, shim_plan_memory_node(plan)), "reg",
                     "give RAM its true place and size", "RAM 0x%llx-0x%llx is above 52 bits",
                     SHIM_X(last.base), SHIM_X(shim_range_end(last) - 1));
}

enum shim_code shim_memory_map(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = find_ram(plan, error);

    if (!code)
        code = check_ram(plan, error);
    plan->has_ramdisk = shim_find_ramdisk(plan, &plan->ramdisk);
    return code ? code : find_reserved(plan, error);
}

enum shim_code shim_memory_survey(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_memory_map(plan, error);

    if (code)
        return code;
    note_ram(plan);
    decide_limit(plan);
    return decide_size(plan, error);
}

enum shim_code shim_pass_memory(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_memory_survey(plan, error);

    if (!code)
        code = decide_base(plan, error);
    if (!code)
        code = shim_decide_block(plan, error);
    if (!code)
        check_pools(plan);
    return code;
}
