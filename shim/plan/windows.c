// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * dma: what the windows of the buses mean for dom0's memory.
 *
 * A device tree has bus windows, not the masks that drivers set: "reaches
 * all" means as far as the buses go.
 */
#include "shim/plan/pass.h"

static const enum shim_pass_id pass = SHIM_PASS_DMA;

static const char *window_words(const struct shim_plan *plan, const struct shim_window *window)
{
    const struct shim_window_entry *first = &window->at[0];

    if (!window->count)
        return "no window";
    return shim_say(plan->arena, "bus 0x%llx is 0x%llx, %s%s", SHIM_X(first->bus),
                    SHIM_X(first->cpu), SHIM_SIZE(first->size),
                    window->count > 1 ? ", and more" : "");
}

static const char *reach_words(const struct shim_plan *plan, uint64_t unreachable)
{
    if (!unreachable)
        return "reaches all of dom0's memory";
    if (unreachable == plan->dom0.size)
        return "cannot work: it reaches none of dom0's memory";
    return shim_say(plan->arena, "reaches %s of dom0's %s: DMA to the rest is bounced",
                    SHIM_SIZE(plan->dom0.size - unreachable), SHIM_SIZE(plan->dom0.size));
}

/* Masters of one window reach the same, but for protected ones where there is an offset. */
static struct shim_alike alike(const struct shim_plan *plan, const struct shim_master *master)
{
    const struct shim_window *window = &plan->board->windows[master->window];
    bool by_guest = plan->layout == SHIM_LAYOUT_OFFSET &&
                    plan->board->dma[master->node] == SHIM_DMA_PROTECTED;

    return (struct shim_alike){
        .kind = SHIM_ALIKE_REACH + (master->coherent ? 1 : 0) + (by_guest ? 2 : 0),
        .shared = &plan->board->windows[window->like],
        .reason = window->count ? window_words(plan, window) : NULL };
}

/* What it could reach is of interest to few. */
static struct shim_note note_of_bystander(const struct shim_plan *plan,
                                          const struct shim_window *window)
{
    return (struct shim_note){
        .kind = SHIM_FINDING, .pass = pass, .device = true, .detail = true,
        .what = "by its binding it masters no DMA: its window does not count",
        .reason = shim_say(plan->arena, "%s: %s", SHIM_PATH(plan->tree, window->node),
                           window_words(plan, window)),
        .alike = { .kind = SHIM_ALIKE_BYSTANDER, .shared = window } };
}

static struct shim_note note_of(const struct shim_plan *plan, const struct shim_master *master)
{
    const struct shim_window *window = &plan->board->windows[master->window];
    uint64_t unreachable;

    if (window->count && !master->decides)
        return note_of_bystander(plan, window);
    unreachable = shim_plan_unreachable(plan, master);
    return (struct shim_note){
        .kind = unreachable == plan->dom0.size ? SHIM_WARNING : SHIM_FINDING, .pass = pass,
        .device = true,
        .what = shim_say(plan->arena, "%s%s", reach_words(plan, unreachable),
                         master->coherent ? ", coherent" : ""),
        .reason = window->count ? shim_say(plan->arena, "%s: %s",
                                           SHIM_PATH(plan->tree, window->node),
                                           window_words(plan, window))
                                : "no dma-ranges limit it",
        .alike = alike(plan, master) };
}

/* There is one thing to say of devices on one bus: most follow one another. */
static void note_masters(struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;
    const struct shim_master *last = NULL;
    struct shim_note note = { .node = SHIM_NONE };

    for (uint32_t i = 0; i < board->master_count; i++) {
        const struct shim_master *master = &board->masters[i];

        if (!board->windows[master->window].count && !master->coherent)
            continue;
        if (!last || !shim_fare_alike(board, last, master))
            note = note_of(plan, master);
        note.node = master->node;
        shim_note_in_full(plan, note);
        last = master;
    }
}

static void note_tightest(struct shim_plan *plan)
{
    const struct shim_master *tightest = shim_tightest(plan->board);
    uint64_t unreachable;

    if (!tightest) {
        shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE, "no device has a DMA window",
                         "no dma-ranges limit a master");
        return;
    }
    unreachable = shim_plan_unreachable(plan, tightest);
    shim_note_detail(plan, unreachable ? SHIM_WARNING : SHIM_FINDING, pass, tightest->node,
                     shim_say(plan->arena, "the tightest DMA window: %s",
                              window_words(plan, &plan->board->windows[tightest->window])),
                     reach_words(plan, unreachable));
}

/* Linux starts each device with a mask of 32 bits, and the tree knows no others. */
static void note_high_block(struct shim_plan *plan)
{
    if (plan->machine_base >> 32 &&
        shim_count_masters(plan->board, SHIM_DMA_PROTECTED) < plan->board->master_count)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  "masters with 32-bit DMA cannot work",
                  "all of dom0's machine memory is above 4 GiB; only drivers that ask for more "
                  "than 32 bits reach it");
}

enum shim_code shim_pass_dma(struct shim_plan *plan, struct shim_error *error)
{
    (void)error;
    note_masters(plan);
    note_tightest(plan);
    note_high_block(plan);
    return SHIM_OK;
}
