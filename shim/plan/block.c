// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/block.h"

static const enum shim_pass_id pass = SHIM_PASS_MEMORY;

#define GUEST_ALIGNMENT ((uint64_t)2 << 20) /* arm64 Image: 2 MiB (booting.rst) */

static bool is_given(const struct shim_plan *plan, enum shim_policy_field field)
{
    return shim_policy_has(plan->policy, field);
}

/* ---- who asks for what ------------------------------------------------------------------ */

struct shim_asker shim_asker_of_size(const struct shim_plan *plan)
{
    if (plan->size_line)
        return (struct shim_asker){ "/chosen", plan->size_line };
    return (struct shim_asker){ "policy", "dom0-mem" };
}

struct shim_asker shim_asker_of_place(const struct shim_plan *plan)
{
    if (is_given(plan, SHIM_POLICY_MACHINE_BLOCKS))
        return (struct shim_asker){ "policy", "machine-blocks" };
    if (is_given(plan, SHIM_POLICY_MACHINE_BASE))
        return (struct shim_asker){ "policy", "machine-base" };
    if (is_given(plan, SHIM_POLICY_DOM0_BASE))
        return (struct shim_asker){ "policy", "dom0-base" };
    return shim_asker_of_size(plan);
}

static bool names_place(const struct shim_plan *plan)
{
    return is_given(plan, SHIM_POLICY_DOM0_BASE) || is_given(plan, SHIM_POLICY_MACHINE_BASE) ||
           is_given(plan, SHIM_POLICY_MACHINE_BLOCKS);
}

/* ---- what is free --------------------------------------------------------------------- */

enum shim_code shim_check_fits(const struct shim_plan *plan, struct shim_error *error)
{
    uint64_t total = shim_ranges_total(&plan->board->ram);
    struct shim_asker asker = shim_asker_of_size(plan);

    if (plan->dom0.size <= total)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_DOM0_SIZE, asker.path, asker.property, "make dom0-mem smaller",
                     "%s asked for, the board has %s", SHIM_SIZE(plan->dom0.size),
                     SHIM_SIZE(total));
}

enum shim_code shim_no_block(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_asker asker = shim_asker_of_size(plan);

    return shim_fail(error, SHIM_E_DOM0_SIZE, asker.path, asker.property, "make dom0-mem smaller",
                     "no contiguous block of %s is free in %s of RAM",
                     SHIM_SIZE(plan->dom0.size), SHIM_SIZE(shim_ranges_total(&plan->board->ram)));
}

bool shim_find_free(const struct shim_plan *plan, struct shim_ranges *free)
{
    if (!shim_ranges_copy(free, &plan->board->ram, plan->arena,
                          plan->board->reserved.count + plan->devices.count + 2))
        return false;
    return shim_ranges_remove_all(free, &plan->board->reserved) &&
           shim_ranges_remove_all(free, &plan->devices);
}

bool shim_fit_alike(struct shim_ranges *free, struct shim_range guest, uint64_t *base)
{
    uint64_t skew = guest.base % GUEST_ALIGNMENT;

    shim_ranges_remove(free, (struct shim_range){ 0, skew });
    for (uint32_t i = 0; i < free->count; i++)
        free->at[i].base -= skew;
    if (!shim_ranges_fit(free, 0, guest.size, GUEST_ALIGNMENT, base))
        return false;
    *base += skew;
    return true;
}

/* ---- the block that is asked for -------------------------------------------------------- */

enum shim_code shim_check_block(const struct shim_plan *plan, struct shim_range block,
                                struct shim_error *error)
{
    struct shim_asker asker = shim_asker_of_place(plan);
    const struct shim_range *taken = shim_ranges_meeting(&plan->board->reserved, block);
    uint32_t who;

    if (shim_range_wraps(block) || !shim_ranges_holding(&plan->board->ram, block))
        return shim_fail(error, SHIM_E_BASE, asker.path, asker.property,
                         names_place(plan) ? "choose a block inside one bank of RAM"
                                           : "make dom0-mem smaller",
                         "0x%llx-0x%llx is not RAM throughout", SHIM_X(block.base),
                         SHIM_X(shim_range_end(block) - 1));
    if (!taken)
        return SHIM_OK;
    who = shim_reserver_of(plan->board, block);
    return shim_fail(error, SHIM_E_BASE,
                     who == SHIM_NONE ? "/memreserve/" : SHIM_PATH(plan->tree, who),
                     names_place(plan) ? asker.property : NULL,
                     names_place(plan)
                         ? "move the reservation, make dom0-mem smaller, or choose another base"
                         : "move the reservation, or make dom0-mem smaller",
                     "dom0's block 0x%llx-0x%llx overlaps the reserved 0x%llx-0x%llx",
                     SHIM_X(block.base), SHIM_X(shim_range_end(block) - 1),
                     SHIM_X(taken->base), SHIM_X(shim_range_end(*taken) - 1));
}

enum shim_code shim_refuse_blocks(struct shim_error *error, const char *remedy, const char *what)
{
    return shim_fail(error, SHIM_E_POLICY, "policy", "machine-blocks", remedy, "%s", what);
}

enum shim_code shim_refuse_several(struct shim_error *error)
{
    return shim_refuse_blocks(error, "use contract xen and name static-mem in xen-features, or set "
                              "one machine-base",
                              "only a Xen with static memory joins several blocks");
}

enum shim_code shim_take_told_block(struct shim_plan *plan, bool *told, struct shim_error *error)
{
    *told = is_given(plan, SHIM_POLICY_MACHINE_BASE);
    if (is_given(plan, SHIM_POLICY_MACHINE_BLOCKS))
        return shim_refuse_several(error);
    if (*told)
        plan->machine_base = plan->policy->value[SHIM_POLICY_MACHINE_BASE];
    return SHIM_OK;
}

/* ---- the layout ------------------------------------------------------------------------- */

static enum shim_code check_blocks(struct shim_plan *plan, const char *reason,
                                   struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < shim_plan_block_count(plan); i++) {
        uint64_t guest;
        struct shim_range block = shim_plan_block(plan, i, &guest);

        shim_note_detail(plan, SHIM_DECISION, pass, SHIM_NONE,
                         shim_say(plan->arena, "dom0's %s is 0x%llx-0x%llx%s",
                                  plan->banked ? "bank" : "machine block", SHIM_X(block.base),
                                  SHIM_X(shim_range_end(block) - 1),
                                  i && !plan->banked ? ", joined to the previous "
                                                       "one" : ""), reason);
        code = shim_check_block(plan, block, error);
    }
    return code;
}

static const char *layout_reason(const struct shim_plan *plan, bool same)
{
    const char *words = "machine and guest addresses are the same";

    if (!same)
        words = shim_say(plan->arena, "machine = guest + 0x%llx%s", SHIM_X(shim_plan_offset(plan)),
                         plan->block_count > 1 ? " in the first block" : "");
    return words;
}

static enum shim_code decide_layout(struct shim_plan *plan, struct shim_error *error)
{
    uint64_t asked = plan->policy->value[SHIM_POLICY_LAYOUT];
    bool same = plan->machine_base == plan->dom0.base && (plan->block_count < 2 || plan->banked);

    plan->layout = same ? SHIM_LAYOUT_DIRECT : SHIM_LAYOUT_OFFSET;
    if (asked == SHIM_LAYOUT_DIRECT && !same)
        return shim_fail(error, SHIM_E_POLICY, "policy", "layout",
                         "give machine-base the value of dom0-base, or layout auto",
                         "direct, but the machine block is at 0x%llx and dom0's base 0x%llx",
                         SHIM_X(plan->machine_base), SHIM_X(plan->dom0.base));
    if ((asked == SHIM_LAYOUT_OFFSET || plan->domain) && same)
        return shim_fail(error, SHIM_E_POLICY, "policy", "layout",
                         "set a machine-base other than dom0-base, or layout auto",
                         "offset, but the machine block is at dom0's base 0x%llx",
                         SHIM_X(plan->dom0.base));
    shim_note_detail(plan, SHIM_DECISION, pass, SHIM_NONE,
                     shim_say(plan->arena, "layout %s", same ? "direct" : "offset"),
                     layout_reason(plan, same));
    return SHIM_OK;
}

/* Pages that another domain grants are in its memory, at no constant offset. */
static void note_what_it_cannot(struct shim_plan *plan)
{
    if (plan->layout == SHIM_LAYOUT_OFFSET)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  "a constant offset is right only for dom0's own pages",
                  "DMA to pages that other domains grant would go to the wrong place: run no PV "
                  "backends, or a kernel that reads dma-offset");
}

enum shim_code shim_settle_block(struct shim_plan *plan, const char *reason,
                                 struct shim_error *error)
{
    enum shim_code code = check_blocks(plan, reason, error);

    if (!code)
        code = decide_layout(plan, error);
    if (!code)
        note_what_it_cannot(plan);
    return code;
}
