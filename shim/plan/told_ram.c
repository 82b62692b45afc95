// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * RAM that the policy gives may be more than the board has. With the registers of the
 * interrupt controller, a timer or the console in it, Xen cannot even start: that is refused. Other
 * devices are a warning of the plan: some have registers in what is RAM to the CPU.
 */
#include "shim/plan/told_ram.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/board/ram_size.h"
#include "shim/plan/pass.h"

#define MIB ((uint64_t)1 << 20)

static bool is_in_ram(const struct shim_board *board, const struct shim_reg *reg)
{
    return shim_meets_ram(board, reg->at) && !shim_off_limits(board, reg->node) &&
           shim_reachable(board->tree, reg->node);
}

/* Modules and the hypervisor's own node are no devices. */
static bool is_device(const struct shim_plan *plan, uint32_t node)
{
    return !shim_is_module_node(plan, node) && !shim_node_named(plan->tree, node, "hypervisor") &&
           !shim_compatible(plan->tree, node, "dtshim,hypervisor");
}

static uint32_t count_devices(const struct shim_plan *plan, uint32_t *first)
{
    const struct shim_board *board = plan->board;
    uint32_t count = 0, last = SHIM_NONE;

    *first = SHIM_NONE;
    for (uint32_t i = 0; i < board->reg_count; i++) {
        const struct shim_reg *reg = &board->regs[i];

        if (reg->node == last || !is_in_ram(board, reg) || !is_device(plan, reg->node))
            continue;
        last = reg->node;
        if (!count++)
            *first = last;
    }
    return count;
}

/* One line: the first of them, and how many there are. */
enum shim_code shim_pass_told_ram(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t first, count = plan->board->ram_told ? count_devices(plan, &first) : 0;

    (void)error;
    if (count)
        shim_note(plan, SHIM_WARNING, SHIM_PASS_MOVES, first,
                  shim_say(plan->arena, "its registers are in the RAM that was given%s",
                           count > 1 ? shim_say(plan->arena, ", like those of %u more nodes",
                                                count - 1) : ""),
                  "one of the two is wrong: check ram in the policy, and the board's manual");
    return SHIM_OK;
}

/* ---- what a hypervisor itself drives-------------------------------------------------------- */

static uint32_t console_of(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    const char *path = chosen == SHIM_NONE
                           ? NULL : shim_string(shim_prop(tree, chosen, SHIM_STDOUT_PATH));

    return path ? shim_node_by_path(tree, path, strlen(path)) : SHIM_NONE;
}

static bool is_needed(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible_one(tree, node, "arm,armv7-timer-mem\0") ||
           (shim_has_known(tree, node, SHIM_INTERRUPT_CONTROLLER) &&
            shim_compatible_one(tree, node, "arm,gic*\0arm,cortex-a*-gic\0qcom,*qgic*\0"));
}

/* SHIM_NONE: none is in RAM. The console comes last. */
static uint32_t find_needed(const struct shim_board *board, uint64_t *at)
{
    uint32_t console = console_of(board->tree), found = SHIM_NONE;

    for (uint32_t i = 0; i < board->reg_count; i++) {
        const struct shim_reg *reg = &board->regs[i];
        bool needed = is_in_ram(board, reg) && is_needed(board->tree, reg->node);

        if (needed || (reg->node == console && found == SHIM_NONE && is_in_ram(board, reg))) {
            found = reg->node;
            *at = reg->at.base;
        }
        if (needed)
            break;
    }
    return found;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* A bank that ends before all that the tree has; as --ram takes it. */
static const char *remedy_of(const struct shim_board *board, uint64_t at)
{
    struct shim_range bank = *shim_ranges_meeting(&board->ram, (struct shim_range){ at, 1 });
    uint64_t size = shim_ram_before_devices(board, bank);
    struct shim_arena *arena = board->arena;

    if (!size)
        return "give base and size of each bank that the board has";
    return shim_say(arena, "end it below 0x%llx (%s), or give the banks that the board has",
                    SHIM_X(bank.base + size),
                    size % MIB ? shim_say(arena, "0x%llx:0x%llx", SHIM_X(bank.base), SHIM_X(size))
                               : shim_say(arena, "0x%llx:%lluM", SHIM_X(bank.base),
                                          SHIM_X(size / MIB)));
}

enum shim_code shim_check_told_ram(const struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_board *board = plan->board;
    uint64_t at = 0;
    uint32_t node = shim_ram_by_policy(board) ? find_needed(board, &at) : SHIM_NONE;
    uint32_t first, more;

    if (node == SHIM_NONE)
        return SHIM_OK;
    more = count_devices(plan, &first) - 1;
    return shim_fail(error, SHIM_E_POLICY, "policy", "ram", remedy_of(board, at),
                     "contains the registers of %s, at 0x%llx%s", SHIM_PATH(plan->tree, node),
                     SHIM_X(at), more ? shim_say(board->arena, ", and of %u more nodes", more) : "");
}
