// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/memory.h"

#include "shim/base/mem.h"
#include "shim/model/dom0_banks.h"
#include "shim/plan/block.h"
#include "shim/plan/memory.h"
#include "shim/xen/args.h"
#include "shim/xen/banks.h"
#include "shim/xen/block.h"
#include "shim/xen/domain/block.h"
#include "shim/xen/domain/map.h"
#include "shim/xen/in_ram.h"
#include "shim/xen/modules.h"

/* ---- how much -------------------------------------------------------------------------- */

#define LEAST_RAM ((uint64_t)256 << 20)

static const char dom0_mem[] = "dom0_mem=";

/* The value of the last dom0_mem= of Xen's command line; `at` NULL: none. */
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

/* dom0_mem=1G,max:1G is what Xen on x86 has; here its end is not read. */
static const char *told_reason(const struct shim_board *board, struct shim_span told, uint32_t read)
{
    if (!told.at)
        return shim_default_reason(board);
    return read == told.len ? "Xen's command line has dom0_mem="
                            : "Xen's command line has dom0_mem=; Xen on Arm ignores what follows "
                              "the number and its unit";
}

/* Where neither the payload nor dom0's size is given. */
static enum shim_code check_small(const struct shim_plan *plan, struct shim_error *error)
{
    uint64_t ram = shim_ranges_total(&plan->board->ram);

    if (ram >= LEAST_RAM || plan->facts->payload_count || shim_names_kernel(plan->tree))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_DOM0_SIZE,
                     SHIM_PATH(plan->tree, shim_memory_node(plan->board)), "reg",
                     "if the board has more, state it (option: --ram SIZE); if not, load a small "
                     "kernel and ramdisk, name them in /chosen, and set dom0-mem",
                     "gives %s of RAM: too little for Xen and a dom0 with Debian's kernel and "
                     "ramdisk, which need 256 MiB", SHIM_SIZE(ram));
}

enum shim_code shim_xen_size(struct shim_plan *plan, struct shim_error *error)
{
    bool given = shim_policy_has(plan->policy, SHIM_POLICY_DOM0_MEM);
    uint64_t size = given ? plan->policy->value[SHIM_POLICY_DOM0_MEM]
                          : shim_default_size(plan->board);
    struct shim_span told = { 0 };
    uint32_t read = 0;
    enum shim_code code;

    shim_begin_memory(plan);
    code = shim_xen_find_in_ram(plan, error);
    if (code)
        return code;
    if (!given)
        told = command_line_memory(plan);
    if (told.at)
        size = shim_dom0_mem(told, &read);
    else if (!given)
        code = check_small(plan, error);
    if (code)
        return code;
    if (!size || size % 4096)
        return shim_fail(error, SHIM_E_VALUE, "/chosen", "xen,xen-bootargs",
                         "write it as dom0_mem=512M, or set dom0-mem in the policy",
                         "its dom0_mem= is not a plain size in whole pages");
    plan->size_line = told.at ? "xen,xen-bootargs" : NULL;
    shim_take_size(plan, size, given ? "the policy sets "
                   "dom0-mem" : told_reason(plan->board, told, read));
    return SHIM_OK;
}

/* ---- where ------------------------------------------------------------------------------ */

static uint64_t base_of(const struct shim_plan *plan)
{
    if (shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE))
        return plan->policy->value[SHIM_POLICY_DOM0_BASE];
    if (plan->domain)
        return SHIM_GUEST_RAM0.base;
    return plan->nearest ? plan->nearest->base : plan->board->ram.at[0].base;
}

static const char *base_reason(const struct shim_plan *plan, uint64_t base)
{
    const struct shim_nearest *nearest = plan->nearest;
    uint64_t native = plan->board->ram.at[0].base;

    if (shim_policy_has(plan->policy, SHIM_POLICY_DOM0_BASE))
        return "the policy sets dom0-base";
    if (base == native)
        return "the native base: the board's lowest RAM";
    if (plan->domain)
        return "Xen puts every xen,domain there; the board's lowest RAM is elsewhere";
    return shim_say(plan->arena, "%s; the native base 0x%llx is not possible: %s; to make it "
                    "possible: %s",
                    nearest->bank_count ? "the lowest of the banks that work for the most devices"
                    : nearest->unserved ? "the lowest of the places that work for the most devices"
                                      : "the lowest place that Xen can be made to use and that "
                                        "every DMA window reaches",
                    SHIM_X(native), nearest->why, nearest->remedy);
}

static enum shim_code take_base(struct shim_plan *plan, struct shim_error *error)
{
    uint64_t base = base_of(plan);

    if (plan->domain && base != SHIM_GUEST_RAM0.base) {
        plan->dom0.base = base;
        return shim_fail(error, SHIM_E_BASE, "policy", "dom0-base",
                         "remove dom0-base, or use layout direct",
                         "Xen puts the memory of every xen,domain at 0x%llx",
                         SHIM_X(SHIM_GUEST_RAM0.base));
    }
    return shim_take_base(plan, base, base_reason(plan, base), error);
}

enum shim_code shim_xen_memory(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = shim_xen_size(plan, error);

    plan->domain = shim_wants_domain(plan->board);
    if (!code && plan->nearest && plan->nearest->bank_count)
        shim_take_banks(plan, plan->nearest);
    if (!code)
        code = take_base(plan, error);
    if (!code)
        code = shim_check_fits(plan, error);
    if (!code)
        code = plan->domain ? shim_xen_domain_block(plan, error) : shim_xen_block(plan, error);
    if (!code)
        shim_note_pools(plan);
    return code;
}
