// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/block.h"

#include "shim/base/mem.h"

static const char pass[] = "memory";

#define MIB ((uint64_t)1 << 20)
#define GUEST_ALIGNMENT (2 * MIB)    /* arm64 Image: 2 MiB (booting.rst) */
#define BUDDY_MAX (1024 * MIB)       /* the largest piece that Xen's allocator hands out */
#define GUEST_RAM_MAX (3072 * MIB)   /* GUEST_RAM0_SIZE */
#define HEAP_ABOVE (64 * MIB)        /* for Xen's own memory, which it takes from the top */

static bool is_given(const struct shim_plan *plan, enum shim_policy_field field)
{
    return shim_policy_has(plan->policy, field);
}

static bool is_static(const struct shim_plan *plan)
{
    return shim_policy_feature(plan->policy, "static-mem");
}

bool shim_wants_domain(const struct shim_plan *plan)
{
    const struct shim_policy *policy = plan->policy;
    uint64_t native = is_given(plan, SHIM_POLICY_DOM0_BASE)
                          ? policy->value[SHIM_POLICY_DOM0_BASE] : plan->board->ram.at[0].base;

    if (!shim_policy_for(policy, SHIM_CONTRACT_XEN) ||
        policy->value[SHIM_POLICY_LAYOUT] == SHIM_LAYOUT_DIRECT)
        return false;
    return policy->value[SHIM_POLICY_LAYOUT] == SHIM_LAYOUT_OFFSET ||
           policy->list[SHIM_POLICY_PASSTHROUGH].len ||
           is_given(plan, SHIM_POLICY_MACHINE_BLOCKS) ||
           (is_given(plan, SHIM_POLICY_MACHINE_BASE) &&
            policy->value[SHIM_POLICY_MACHINE_BASE] != native);
}

/* ---- what is free -------------------------------------------------------------- */

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the memory map");
}

static enum shim_code no_block(const struct shim_plan *plan, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_DOM0_SIZE, "policy", "dom0-mem", "make dom0-mem smaller",
                     "no contiguous block of %s is free in %s of RAM",
                     SHIM_SIZE(plan->dom0.size), SHIM_SIZE(shim_ranges_total(&plan->board->ram)));
}

static bool find_free(const struct shim_plan *plan, struct shim_ranges *free)
{
    if (!shim_ranges_copy(free, &plan->board->ram, plan->arena, plan->board->reserved.count + 2))
        return false;
    return shim_ranges_remove_all(free, &plan->board->reserved);
}

/*
 * The lowest place that lies in its 2 MiB as the guest block does, so that
 * stage 2 can map it with blocks. Spoils `free`.
 */
static bool fit_alike(struct shim_ranges *free, struct shim_range guest, uint64_t *base)
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

/* The lowest free block; the native base itself wins where it is free. */
static enum shim_code lowest_block(struct shim_plan *plan, uint64_t *base,
                                   struct shim_error *error)
{
    struct shim_error ignored;
    struct shim_ranges free;

    if (!plan->domain && !shim_check_block(plan, plan->dom0, NULL, &ignored)) {
        *base = plan->dom0.base;
        return SHIM_OK;
    }
    if (!find_free(plan, &free))
        return no_memory(error);
    if (plan->domain)
        shim_ranges_remove(&free, plan->dom0);
    return fit_alike(&free, plan->dom0, base) ? SHIM_OK : no_block(plan, error);
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

    if (!find_free(plan, &free))
        return no_memory(error);
    while (shim_ranges_fit(&free, from, size, size, base)) {
        if (*base != plan->dom0.base && free_above(&free, *base + size) >= HEAP_ABOVE)
            return SHIM_OK;
        from = *base + size;
    }
    return no_block(plan, error);
}

/* allocate_memory(), 4.17: a power of two up to 1 GiB is one piece of the heap, so aligned. */
static enum shim_code check_size(const struct shim_plan *plan, struct shim_error *error)
{
    uint64_t size = plan->dom0.size;

    if (size > GUEST_RAM_MAX)
        return shim_fail(error, SHIM_E_DOM0_SIZE, "policy", "dom0-mem", "give it at most 3G",
                         "%s is more than a xen,domain has in one piece", SHIM_SIZE(size));
    if (!is_static(plan) && ((size & (size - 1)) || size > BUDDY_MAX))
        return shim_fail(error, SHIM_E_DOM0_SIZE, "policy", "dom0-mem",
                         "make dom0-mem a power of two up to 1G, or name static-mem in "
                         "xen-features for a Xen that has it",
                         "%s would be several machine blocks, in an order that Xen does not "
                         "promise",
                         SHIM_SIZE(size));
    return SHIM_OK;
}

static enum shim_code check_alignment(const struct shim_plan *plan, struct shim_error *error)
{
    if (!is_static(plan) && plan->machine_base % plan->dom0.size)
        return shim_fail(error, SHIM_E_BASE, "policy", "machine-base",
                         "name a multiple of dom0-mem, or static-mem in xen-features for a Xen "
                         "that has it",
                         "0x%llx is no multiple of %s, as all that Xen's allocator hands out",
                         SHIM_X(plan->machine_base), SHIM_SIZE(plan->dom0.size));
    return SHIM_OK;
}

/* ---- several blocks ---------------------------------------------------------------- */

static enum shim_code refuse_blocks(struct shim_error *error, const char *remedy, const char *what)
{
    return shim_fail(error, SHIM_E_POLICY, "policy", "machine-blocks", remedy, "%s", what);
}

static enum shim_code take_blocks(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_span list = plan->policy->list[SHIM_POLICY_MACHINE_BLOCKS];
    uint64_t total = 0;

    if (!plan->domain || !is_static(plan))
        return refuse_blocks(error, "use contract xen and name static-mem in xen-features, or "
                             "name one machine-base",
                             "only a Xen with static memory joins several blocks");
    if (list.len / 16 > SHIM_BLOCKS_MAX)
        return refuse_blocks(error, "name fewer, larger blocks", "names more than eight blocks");
    for (size_t i = 0; i < list.len; i += 16) {
        struct shim_range block = { shim_be64(list.at + i), shim_be64(list.at + i + 8) };

        for (uint32_t other = 0; other < plan->block_count; other++)
            if (shim_range_overlaps(block, plan->blocks[other]))
                return refuse_blocks(error, "name disjoint blocks", "two blocks overlap");
        plan->blocks[plan->block_count++] = block;
        total += block.size;
    }
    plan->machine_base = plan->blocks[0].base;
    if (total != plan->dom0.size)
        return shim_fail(error, SHIM_E_POLICY, "policy", "machine-blocks",
                         "make dom0-mem the sum of the blocks", "the blocks have %s, dom0 %s",
                         SHIM_SIZE(total), SHIM_SIZE(plan->dom0.size));
    return SHIM_OK;
}

/* ---- the decision -------------------------------------------------------------------- */

static enum shim_code choose(struct shim_plan *plan, const char **reason, struct shim_error *error)
{
    *reason = "the policy says so";
    if (is_given(plan, SHIM_POLICY_MACHINE_BLOCKS))
        return take_blocks(plan, error);
    if (is_given(plan, SHIM_POLICY_MACHINE_BASE)) {
        plan->machine_base = plan->policy->value[SHIM_POLICY_MACHINE_BASE];
        return SHIM_OK;
    }
    *reason = "the lowest free block that fits";
    if (plan->domain && !is_static(plan))
        return buddy_block(plan, &plan->machine_base, error);
    if (plan->domain || !shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        return lowest_block(plan, &plan->machine_base, error);
    plan->machine_base = plan->dom0.base;
    *reason = "stock Xen maps dom0 1:1";
    return SHIM_OK;
}

static const char *asking_property(const struct shim_plan *plan)
{
    return is_given(plan, SHIM_POLICY_MACHINE_BLOCKS) ? "machine-blocks"
         : is_given(plan, SHIM_POLICY_MACHINE_BASE)   ? "machine-base"
                                                      : "dom0-base";
}

static enum shim_code check_blocks(struct shim_plan *plan, const char *reason,
                                   struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < shim_plan_block_count(plan); i++) {
        uint64_t guest;
        struct shim_range block = shim_plan_block(plan, i, &guest);

        shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
                  shim_say(plan->arena, "dom0's machine block is 0x%llx-0x%llx%s",
                           SHIM_X(block.base), SHIM_X(shim_range_end(block) - 1),
                           i ? ", joined to the one before" : ""), reason);
        code = shim_check_block(plan, block, asking_property(plan), error);
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
    bool same = plan->machine_base == plan->dom0.base && plan->block_count < 2;

    plan->layout = same ? SHIM_LAYOUT_DIRECT : SHIM_LAYOUT_OFFSET;
    if (asked == SHIM_LAYOUT_DIRECT && !same)
        return shim_fail(error, SHIM_E_POLICY, "policy", "layout",
                         "give machine-base the value of dom0-base, or layout auto",
                         "direct, but the machine block is at 0x%llx and dom0's base 0x%llx",
                         SHIM_X(plan->machine_base), SHIM_X(plan->dom0.base));
    if ((asked == SHIM_LAYOUT_OFFSET || plan->domain) && same)
        return shim_fail(error, SHIM_E_POLICY, "policy", "layout",
                         "name a machine-base other than dom0-base, or layout auto",
                         "offset, but the machine block is at dom0's base 0x%llx",
                         SHIM_X(plan->dom0.base));
    shim_note(plan, SHIM_DECISION, pass, SHIM_NONE,
              shim_say(plan->arena, "layout %s", same ? "direct" : "offset"),
              layout_reason(plan, same));
    return SHIM_OK;
}

/* Stock Xen keeps page 0 from its allocator (init_heap_pages(), 4.17 to 4.22). */
static enum shim_code check_page_0(const struct shim_plan *plan, struct shim_error *error)
{
    bool given = is_given(plan, SHIM_POLICY_DOM0_BASE) || is_given(plan, SHIM_POLICY_MACHINE_BASE);

    if (plan->machine_base || !shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PLACEMENT, "policy", asking_property(plan),
                     given ? "leave it out: the plan then takes the nearest place that can be had"
                           : "nothing: that page is not Xen's to give",
                     "Xen never hands out page 0, so dom0 cannot start at address 0");
}

/* Pages that another domain grants lie in its memory, which no constant offset can know. */
static void note_what_it_cannot(struct shim_plan *plan)
{
    if (plan->layout == SHIM_LAYOUT_OFFSET)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  "a constant offset is right for dom0's own pages only",
                  "DMA to pages that other domains grant would go to the wrong place: no PV "
                  "backends, or a kernel that reads dma-offset");
}

enum shim_code shim_decide_block(struct shim_plan *plan, struct shim_error *error)
{
    const char *reason;
    enum shim_code code = SHIM_OK;

    if (plan->dom0.size > shim_ranges_total(&plan->board->ram))
        return shim_fail(error, SHIM_E_DOM0_SIZE, "policy", "dom0-mem", "make dom0-mem smaller",
                         "%s asked for, the board has %s", SHIM_SIZE(plan->dom0.size),
                         SHIM_SIZE(shim_ranges_total(&plan->board->ram)));
    if (plan->domain)
        code = check_size(plan, error);
    if (!code)
        code = choose(plan, &reason, error);
    if (!code && plan->domain)
        code = check_alignment(plan, error);
    if (!code)
        code = check_page_0(plan, error);
    if (!code)
        code = check_blocks(plan, reason, error);
    if (!code)
        code = decide_layout(plan, error);
    if (!code)
        note_what_it_cannot(plan);
    return code;
}
