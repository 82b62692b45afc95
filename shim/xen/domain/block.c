// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/block.h"

#include "shim/plan/block.h"
#include "shim/xen/block.h"
#include "shim/xen/domain/map.h"
#include "shim/xen/in_ram.h"

#define MIB ((uint64_t)1 << 20)
#define BUDDY_MAX (1024 * MIB)       /* the largest piece that Xen's allocator hands out */
#define HEAP_ABOVE (64 * MIB)        /* for Xen's own memory, which it takes from the top */

static bool is_static(const struct shim_plan *plan)
{
    return shim_policy_feature(plan->policy, "static-mem");
}

/* ---- a block that Xen's allocator hands out in one piece ---------------------------- */

static uint64_t free_above(const struct shim_ranges *free, uint64_t address)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < free->count; i++)
        total += shim_range_common(free->at[i],
                                   (struct shim_range){ address, UINT64_MAX - address }).size;
    return total;
}

/*
 * The lowest naturally aligned block that leaves room above it: Xen takes what
 * it needs itself from the highest zone that has some.
 */
static enum shim_code buddy_block(struct shim_plan *plan, uint64_t *base, struct shim_error *error)
{
    uint64_t size = plan->dom0.size, from = 4096; /* Xen never hands out page 0 */
    struct shim_ranges free;

    if (!shim_find_free(plan, &free))
        return shim_no_room_for_map(error);
    while (shim_ranges_fit(&free, from, size, size, base)) {
        if (*base != plan->dom0.base && free_above(&free, *base + size) >= HEAP_ABOVE)
            return SHIM_OK;
        from = *base + size;
    }
    return shim_no_block(plan, error);
}

/* allocate_memory(), 4.17: a power of two up to 1 GiB is one piece of the heap, so aligned. */
static enum shim_code check_size(const struct shim_plan *plan, struct shim_error *error)
{
    struct shim_asker asker = shim_asker_of_size(plan);
    uint64_t size = plan->dom0.size;

    if (size > SHIM_GUEST_RAM0.size)
        return shim_fail(error, SHIM_E_DOM0_SIZE, asker.path, asker.property, "give it at most 3G",
                         "a xen,domain cannot have %s in one piece", SHIM_SIZE(size));
    if (!is_static(plan) && ((size & (size - 1)) || size > BUDDY_MAX))
        return shim_fail(error, SHIM_E_DOM0_SIZE, asker.path, asker.property,
                         "set dom0-mem to a power of two up to 1G, or name static-mem in "
                         "xen-features if Xen has it",
                         "%s would be several machine blocks, in an order that Xen does not "
                         "guarantee",
                         SHIM_SIZE(size));
    return SHIM_OK;
}

static enum shim_code check_alignment(const struct shim_plan *plan, struct shim_error *error)
{
    if (!is_static(plan) && plan->machine_base % plan->dom0.size)
        return shim_fail(error, SHIM_E_BASE, "policy", "machine-base",
                         "use a multiple of dom0-mem, or name static-mem in xen-features if Xen "
                         "has it",
                         "0x%llx is not a multiple of %s, as everything from Xen's allocator is",
                         SHIM_X(plan->machine_base), SHIM_SIZE(plan->dom0.size));
    return SHIM_OK;
}

/* ---- blocks of static memory ----------------------------------------------------------- */

static enum shim_code take_blocks(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_span list = plan->policy->list[SHIM_POLICY_MACHINE_BLOCKS];
    uint64_t total = 0;

    if (!is_static(plan))
        return shim_refuse_several(error);
    if (list.len / 16 > SHIM_BLOCKS_MAX)
        return shim_refuse_blocks(error, "use fewer, larger blocks",
                                  "has more than eight blocks");
    for (size_t i = 0; i < list.len; i += 16) {
        struct shim_range block = { shim_be64(list.at + i), shim_be64(list.at + i + 8) };

        for (uint32_t other = 0; other < plan->block_count; other++)
            if (shim_range_overlaps(block, plan->blocks[other]))
                return shim_refuse_blocks(error, "use disjoint blocks",
                                          "two blocks overlap");
        plan->blocks[plan->block_count++] = block;
        total += block.size;
    }
    plan->machine_base = plan->blocks[0].base;
    if (total != plan->dom0.size)
        return shim_fail(error, SHIM_E_POLICY, "policy", "machine-blocks",
                         "set dom0-mem to the sum of the blocks", "the blocks have %s, dom0 has %s",
                         SHIM_SIZE(total), SHIM_SIZE(plan->dom0.size));
    return SHIM_OK;
}

static enum shim_code static_block(struct shim_plan *plan, uint64_t *base, struct shim_error *error)
{
    struct shim_ranges free;

    if (!shim_find_free(plan, &free))
        return shim_no_room_for_map(error);
    shim_ranges_remove(&free, plan->dom0);
    return shim_fit_alike(&free, plan->dom0, base) ? SHIM_OK : shim_no_block(plan, error);
}

/* ---- the decision ------------------------------------------------------------------------ */

static enum shim_code choose(struct shim_plan *plan, const char **reason, struct shim_error *error)
{
    *reason = "the policy sets it";
    if (shim_policy_has(plan->policy, SHIM_POLICY_MACHINE_BLOCKS))
        return take_blocks(plan, error);
    if (shim_policy_has(plan->policy, SHIM_POLICY_MACHINE_BASE)) {
        plan->machine_base = plan->policy->value[SHIM_POLICY_MACHINE_BASE];
        return SHIM_OK;
    }
    *reason = "the lowest free block that fits";
    return is_static(plan) ? static_block(plan, &plan->machine_base, error)
                           : buddy_block(plan, &plan->machine_base, error);
}

enum shim_code shim_xen_domain_block(struct shim_plan *plan, struct shim_error *error)
{
    const char *reason = NULL;
    enum shim_code code = check_size(plan, error);

    if (!code)
        code = choose(plan, &reason, error);
    if (!code)
        code = check_alignment(plan, error);
    if (!code)
        code = shim_xen_check_page_0(plan, error);
    if (!code)
        code = shim_settle_block(plan, reason, error);
    return code ? code : shim_xen_check_in_ram(plan, error);
}
