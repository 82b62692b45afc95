// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * dma: which addresses can each device reach, is its DMA coherent, and what
 * does that mean for dom0's memory?
 *
 * A device tree tells bus windows, not the masks that drivers set: "reaches
 * all" means as far as the buses go.
 */
#include "shim/base/mem.h"
#include "shim/board/dma_parent.h"
#include "shim/plan/pass.h"

static const char pass[] = "dma";

enum { SMALLEST_ENTRY = 12 }; /* bytes: a cell each for both addresses and the size */

static enum shim_code no_memory(const struct shim_plan *plan, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the DMA windows of %u masters", plan->board->masters);
}

/* ---- windows ------------------------------------------------------------------ */

static bool read_entries(struct shim_plan *plan, struct shim_window *window)
{
    struct shim_entries entries = shim_ranges_entries(plan->tree, window->node, SHIM_DMA_RANGES);
    struct shim_entry entry;

    window->at = shim_alloc(plan->arena, entries.rest.len / SMALLEST_ENTRY, sizeof(*window->at));
    if (!window->at)
        return false;
    while (shim_next_entry(&entries, &entry)) {
        struct shim_range cpu = shim_cut_range(entry.up, entry.size);

        if (!cpu.size || !shim_dma_to_cpu(plan->tree, window->node, &cpu.base))
            continue;
        cpu = shim_cut_range(cpu.base, entry.size);
        window->at[window->count++] =
            (struct shim_window_entry){ entry.flags, entry.address, cpu.base, cpu.size };
    }
    return true;
}

static uint64_t missing_from(const struct shim_ranges *reached, struct shim_range block)
{
    uint64_t missing = block.size;

    for (uint32_t i = 0; i < reached->count; i++)
        missing -= shim_range_common(reached->at[i], block).size;
    return missing;
}

static bool measure(const struct shim_plan *plan, struct shim_window *window)
{
    struct shim_arena scratch = *plan->arena;
    struct shim_ranges reached;

    if (!shim_ranges_init(&reached, &scratch, window->count))
        return false;
    for (uint32_t i = 0; i < window->count; i++)
        shim_ranges_collect(&reached,
                            (struct shim_range){ window->at[i].cpu, window->at[i].size });
    shim_ranges_settle(&reached);
    window->total = shim_ranges_total(&reached);
    window->unreachable = 0;
    for (uint32_t i = 0; i < shim_plan_block_count(plan); i++) {
        uint64_t guest;

        window->unreachable += missing_from(&reached, shim_plan_block(plan, i, &guest));
    }
    window->unreachable_protected = missing_from(&reached, plan->dom0);
    return true;
}

bool shim_dma_measure(struct shim_plan *plan)
{
    bool fits = true;

    for (uint32_t i = 1; fits && i < plan->board->window_count; i++)
        fits = measure(plan, &plan->board->windows[i]);
    return fits;
}

/*
 * The window of a node, made when it is new. 0, no window at all, where Linux
 * finds no entry to go by: on the root, and where no entry has a way up.
 */
static bool window_of(struct shim_plan *plan, uint32_t *known, uint32_t node, uint32_t *index)
{
    struct shim_window *window = &plan->board->windows[plan->board->window_count];

    *index = 0;
    if (node == SHIM_NONE || node == SHIM_ROOT)
        return true;
    if (!known[node]) {
        *window = (struct shim_window){ .node = node };
        if (!read_entries(plan, window))
            return false;
        known[node] = window->count ? ++plan->board->window_count : 1;
        if (window->count && !measure(plan, window))
            return false;
    }
    *index = known[node] - 1;
    return true;
}

static bool alloc_windows(struct shim_plan *plan, uint32_t **known)
{
    uint32_t count = 1;

    for (uint32_t node = 0; node < plan->tree->node_count; node++)
        count += shim_prop(plan->tree, node, SHIM_DMA_RANGES).len != 0;
    plan->board->windows = shim_alloc(plan->arena, count + 1, sizeof(*plan->board->windows));
    plan->board->dma_facts = shim_alloc(plan->arena, plan->board->masters, sizeof(*plan->board->dma_facts));
    *known = shim_alloc(plan->arena, plan->tree->node_count, sizeof(**known));
    if (!plan->board->windows || !plan->board->dma_facts || !*known)
        return false;
    memset(*known, 0, plan->tree->node_count * sizeof(**known));
    plan->board->windows[0] = (struct shim_window){ .node = SHIM_NONE };
    plan->board->window_count = 1;
    return true;
}

static bool find_facts(struct shim_plan *plan)
{
    uint32_t *known, master = 0;

    if (!alloc_windows(plan, &known))
        return false;
    for (uint32_t node = 0; node < plan->tree->node_count; node++) {
        struct shim_dma_facts *facts = &plan->board->dma_facts[master];
        uint32_t from;

        if (plan->board->dma[node] == SHIM_DMA_NONE)
            continue;
        *facts = (struct shim_dma_facts){ .node = node };
        if (!window_of(plan, known, shim_dma_carrier(plan->tree, node), &facts->window))
            return false;
        facts->coherent = shim_dma_coherent(plan->tree, node, &from);
        facts->inherits_coherent = facts->coherent && from != node;
        master++;
    }
    return true;
}

/* ---- words ---------------------------------------------------------------------- */

static const char *window_words(const struct shim_plan *plan, const struct shim_window *window)
{
    const struct shim_window_entry *first = &window->at[0];

    if (!window->count)
        return "no window";
    return shim_say(plan->arena, "bus 0x%llx is 0x%llx, %s%s", SHIM_X(first->bus),
                    SHIM_X(first->cpu), SHIM_SIZE(first->size),
                    window->count > 1 ? ", and more" : "");
}

static const char *reach_words(const struct shim_plan *plan, const struct shim_dma_facts *facts)
{
    uint64_t unreachable = shim_plan_unreachable(plan, facts);

    if (!unreachable)
        return "reaches all of dom0's memory";
    if (unreachable == plan->dom0.size)
        return "cannot work: it reaches none of dom0's memory";
    return shim_say(plan->arena, "needs bouncing: it does not reach %s of dom0's memory",
                    SHIM_SIZE(unreachable));
}

static void note_master(struct shim_plan *plan, const struct shim_dma_facts *facts)
{
    const struct shim_window *window = &plan->board->windows[facts->window];
    bool lost = shim_plan_unreachable(plan, facts) == plan->dom0.size;

    if (!window->count && !facts->coherent)
        return;
    shim_note_device(plan, lost ? SHIM_WARNING : SHIM_FINDING, pass, facts->node,
                     shim_say(plan->arena, "%s%s", reach_words(plan, facts),
                              facts->coherent ? ", coherent" : ""),
                     window->count ? shim_say(plan->arena, "%s: %s",
                                              SHIM_PATH(plan->tree, window->node),
                                              window_words(plan, window))
                                   : "no dma-ranges limit it");
}

static void find_tightest(struct shim_plan *plan)
{
    plan->board->tightest = SHIM_NONE;
    for (uint32_t i = 0; i < plan->board->masters; i++) {
        const struct shim_window *window = &plan->board->windows[plan->board->dma_facts[i].window];

        if (window->count &&
            (plan->board->tightest == SHIM_NONE ||
             window->total < plan->board->windows[plan->board->dma_facts[plan->board->tightest].window].total))
            plan->board->tightest = i;
    }
}

static void note_tightest(struct shim_plan *plan)
{
    const struct shim_dma_facts *facts;

    if (plan->board->tightest == SHIM_NONE) {
        shim_note(plan, SHIM_FINDING, pass, SHIM_NONE, "no device has a DMA window",
                  "no dma-ranges limit a master");
        return;
    }
    facts = &plan->board->dma_facts[plan->board->tightest];
    shim_note(plan, shim_plan_unreachable(plan, facts) ? SHIM_WARNING : SHIM_FINDING, pass,
              facts->node,
              shim_say(plan->arena, "the tightest DMA window: %s",
                       window_words(plan, &plan->board->windows[facts->window])),
              reach_words(plan, facts));
}

/* Linux starts each device with a mask of 32 bits, and the tree knows no others. */
static void note_high_block(struct shim_plan *plan)
{
    if (plan->machine_base >> 32 && plan->board->protected_masters < plan->board->masters)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  "masters with 32-bit DMA cannot work",
                  "all of dom0's machine memory lies above 4 GiB; only drivers that ask for more "
                  "than 32 bits reach it");
}

enum shim_code shim_pass_dma(struct shim_plan *plan, struct shim_error *error)
{
    if (!find_facts(plan))
        return no_memory(plan, error);
    for (uint32_t i = 0; i < plan->board->masters; i++)
        note_master(plan, &plan->board->dma_facts[i]);
    find_tightest(plan);
    note_tightest(plan);
    note_high_block(plan);
    return SHIM_OK;
}
