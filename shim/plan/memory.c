// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/memory.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/plan/block.h"

static const enum shim_pass_id pass = SHIM_PASS_MEMORY;

/* ---- before dom0 -------------------------------------------------------------------- */

enum { BANKS_NAMED = 256 }; /* no machine has more: then their nodes are not looked for */

static uint32_t node_of_bank(const struct shim_board *board, uint32_t bank)
{
    return bank < BANKS_NAMED ? shim_memory_node_at(board, board->ram.at[bank].base)
                              : shim_memory_node(board);
}

static void note_ram(struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;
    const char *reason = shim_ram_by_policy(board)  ? "from the policy"
                         : board->facts->ram_source ? board->facts->ram_source
                         : board->ram_told          ? "from the boot loader, not in the tree"
                                                    : "from the memory nodes";

    for (uint32_t i = 0; i < board->ram.count; i++)
        shim_note_detail(plan, SHIM_FINDING, pass, node_of_bank(board, i),
                         shim_say(plan->arena, "RAM 0x%llx-0x%llx (%s)", SHIM_X(board->ram.at[i].base),
                                  SHIM_X(shim_range_end(board->ram.at[i]) - 1),
                                  SHIM_SIZE(board->ram.at[i].size)), reason);
}

/* Cores without AArch64 (bindings/arm/cpus.yaml); a '*' matches any characters. */
static const struct shim_row cores_32[] = {
    SHIM_ROW("arm,arm1*"), SHIM_ROW("arm,arm7*"), SHIM_ROW("arm,arm9*"), SHIM_ROW("arm,cortex-a5"),
    SHIM_ROW("arm,cortex-a7"), SHIM_ROW("arm,cortex-a8"), SHIM_ROW("arm,cortex-a9"),
    SHIM_ROW("arm,cortex-a12"), SHIM_ROW("arm,cortex-a15"), SHIM_ROW("arm,cortex-a17"),
    SHIM_ROW("arm,cortex-a32"), SHIM_ROW("arm,cortex-m*"), SHIM_ROW("arm,sc000"),
    SHIM_ROW("arm,sc300"), SHIM_ROW("brcm,brahma-b15"), SHIM_ROW("faraday,fa526"),
    SHIM_ROW("intel,sa110"), SHIM_ROW("intel,sa1100"), SHIM_ROW("marvell,feroceon"),
    SHIM_ROW("marvell,mohawk"), SHIM_ROW("marvell,pj4*"), SHIM_ROW("marvell,sheeva*"),
    SHIM_ROW("marvell,xsc3"), SHIM_ROW("marvell,xscale"), SHIM_ROW("qcom,krait"),
    SHIM_ROW("qcom,scorpion"),
};

/* A tree for a core without AArch64 means a 32-bit kernel; firmware alone does not show that. */
static bool has_32_bit_cores(const struct shim_tree *tree)
{
    uint32_t cpus = shim_child(tree, SHIM_ROOT, "cpus");
    const char *last = "";

    if (cpus == SHIM_NONE)
        return false;
    for (uint32_t cpu = shim_first_child(tree, cpus); cpu != SHIM_NONE;
         cpu = shim_next_child(tree, cpu)) {
        const char *core = shim_list_next(shim_prop(tree, cpu, SHIM_COMPATIBLE), NULL);

        if (core && strcmp(core, last) != 0 && SHIM_MATCHES_ROW(cores_32, core))
            return true;
        last = core ? core : last;
    }
    return false;
}

uint32_t shim_core_bits(const struct shim_tree *tree)
{
    return has_32_bit_cores(tree) ? 32 : 64;
}

uint32_t shim_kernel_bits(const struct shim_tree *tree, const struct shim_policy *policy,
                          const struct shim_facts *facts)
{
    if (shim_policy_has(policy, SHIM_POLICY_KERNEL_BITS))
        return (uint32_t)policy->value[SHIM_POLICY_KERNEL_BITS];
    return facts->kernel_bits ? facts->kernel_bits : shim_core_bits(tree);
}

/* How many bits dom0's kernel has, and with them where guest addresses end. */
static void take_limit(struct shim_plan *plan)
{
    uint64_t bits = plan->policy->value[SHIM_POLICY_IPA_BITS];

    if (plan->facts->ipa_bits && plan->facts->ipa_bits < bits)
        bits = plan->facts->ipa_bits;
    plan->kernel_bits = shim_kernel_bits(plan->tree, plan->policy, plan->facts);
    plan->guest_limit = (uint64_t)1 << bits;
    if (shim_cells(plan->tree, SHIM_ROOT).address == 1 || plan->kernel_bits == 32)
        plan->guest_limit = (uint64_t)1 << 32;
}

void shim_begin_memory(struct shim_plan *plan)
{
    note_ram(plan);
    take_limit(plan);
}

/* ---- a size that follows the board ------------------------------------------------------ */

#define LEAST ((uint64_t)64 << 20)
#define MOST ((uint64_t)512 << 20) /* DOM0's default in Xen, on every board */

uint64_t shim_default_size(const struct shim_board *board)
{
    uint64_t half = shim_ranges_total(&board->ram) / 2, size = LEAST;

    while (size < MOST && 2 * size <= half)
        size *= 2;
    return size;
}

const char *shim_default_reason(const struct shim_board *board)
{
    return shim_default_size(board) == MOST
               ? "the default, as in Xen"
               : "the default for RAM under 1 GiB: half of it, as a power of two";
}

/* ---- dom0 --------------------------------------------------------------------------- */

void shim_take_size(struct shim_plan *plan, uint64_t size, const char *reason)
{
    plan->dom0.size = size;
    shim_note_detail(plan, SHIM_DECISION, pass, SHIM_NONE,
                     shim_say(plan->arena, "dom0 gets %s", SHIM_SIZE(size)), reason);
}

/*
 * An arm32 zImage that is not given its place uses the start of the 128 MiB
 * that it runs in (AUTO_ZRELADDR); kernels before 5.12 do so even where that is
 * not RAM, and before 5.10 their start had to be a multiple of 16 MiB.
 */
static void note_base_32(struct shim_plan *plan)
{
    if (plan->kernel_bits == 32 && plan->dom0.base % ((uint64_t)16 << 20))
        shim_note(plan, SHIM_WARNING, pass, shim_memory_node_at(plan->board, plan->dom0.base),
                  "older 32-bit kernels do not start here",
                  "the base is not a multiple of 16 MiB; Linux 5.12 and later need 2 MiB");
}

/* Of guest addresses after it. */
static bool ends_beyond(const struct shim_plan *plan, uint64_t limit)
{
    bool beyond = false;

    for (uint32_t i = 0; i < shim_plan_bank_count(plan); i++) {
        struct shim_range bank = shim_plan_bank(plan, i);

        beyond = beyond || bank.base >= limit || bank.size > limit - bank.base;
    }
    return beyond;
}

enum shim_code shim_take_base(struct shim_plan *plan, uint64_t base, const char *reason,
                              struct shim_error *error)
{
    uint64_t limit = plan->guest_limit;
    struct shim_asker asker = shim_asker_of_place(plan);

    plan->dom0.base = base;
    if (base % 4096)
        return shim_fail(error, SHIM_E_BASE,
                         SHIM_PATH(plan->tree, shim_memory_node_at(plan->board, base)),
                         "reg", "use a page-aligned dom0-base",
                         "RAM starts at 0x%llx, inside a page", SHIM_X(base));
    if (ends_beyond(plan, limit))
        return shim_fail(error, SHIM_E_BASE, asker.path, asker.property,
                         "lower dom0-base or dom0-mem, or raise ipa-bits",
                         "dom0 at 0x%llx would end above the guest address limit 0x%llx",
                         SHIM_X(base), SHIM_X(limit));
    shim_note_detail(plan, SHIM_DECISION, pass, SHIM_NONE,
                     shim_say(plan->arena, "dom0's memory starts at guest address 0x%llx", SHIM_X(base)),
                     reason);
    note_base_32(plan);
    return SHIM_OK;
}

/* ---- pools that are placed at run time ------------------------------------------------ */

/* The most that the range has in common with a block of dom0's. */
static uint64_t most_common(const struct shim_plan *plan, struct shim_range range)
{
    uint32_t count = plan->banked ? shim_plan_block_count(plan) : 1;
    uint64_t most = 0, guest;

    for (uint32_t i = 0; i < count; i++) {
        struct shim_range common = shim_range_common(range, shim_plan_block(plan, i, &guest));

        most = common.size > most ? common.size : most;
    }
    return most;
}

/* How much of a block is in the pool's alloc-ranges: the most in one of them. */
static uint64_t served(const struct shim_plan *plan, uint32_t node)
{
    struct shim_entries entries = shim_reg_entries(plan->tree, node);
    struct shim_entry entry;
    uint64_t most = 0;

    entries.rest = shim_prop(plan->tree, node, SHIM_ALLOC_RANGES);
    while (shim_next_entry(&entries, &entry)) {
        uint64_t common = most_common(plan, shim_cut_range(entry.address, entry.size));

        most = common > most ? common : most;
    }
    return most;
}

/* What it asks for; a byte where it does not say so. */
static uint64_t pool_size(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span size = shim_prop_named(tree, node, "size");
    uint64_t value;

    return size.len && shim_read_cells(size.at, (uint32_t)(size.len / 4), &value) && value ? value
                                                                                          : 1;
}

static bool block_serves(const struct shim_plan *plan, uint32_t node)
{
    return served(plan, node) >= pool_size(plan->tree, node);
}

/*
 * alloc-ranges are machine addresses: what a device behind the pool can reach. The first
 * pool after `node` that the block does not work for; SHIM_NONE: there is no more.
 */
static uint32_t next_unserved(const struct shim_plan *plan, uint32_t node)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t parent = shim_reserved_memory(tree);

    if (parent == SHIM_NONE)
        return SHIM_NONE;
    for (node = node == SHIM_NONE ? parent + 1 : node + 1; node < tree->nodes[parent].past; node++)
        if (shim_has_known(tree, node, SHIM_ALLOC_RANGES) && shim_available(tree, node) &&
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

void shim_note_pools(struct shim_plan *plan)
{
    for (uint32_t node = next_unserved(plan, SHIM_NONE); node != SHIM_NONE;
         node = next_unserved(plan, node))
        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_WARNING, .pass = pass, .node = node,
            .what = "dom0's kernel cannot place this pool",
            .reason = !served(plan, node)
                ? "none of its alloc-ranges is in dom0's machine block"
                : shim_say(plan->arena, "%s of its alloc-ranges is in dom0's machine block, it "
                           "needs %s", SHIM_SIZE(served(plan, node)),
                           SHIM_SIZE(pool_size(plan->tree, node))),
            .alike = { .kind = SHIM_ALIKE_POOL_UNPLACED,
                       .reason = "too little of its alloc-ranges is in dom0's machine block" } });
}
