// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* windows: which addresses can each device reach, and is its DMA coherent? */
#include "shim/base/mem.h"
#include "shim/board/board.h"
#include "shim/board/bystanders.h"
#include "shim/board/dma_parent.h"

enum {
    SMALLEST_ENTRY = 12, /* bytes: a cell each for both addresses and the size */
    LIKE_MAX = 32,       /* windows that others are compared with: few trees have more */
};

/* ---- windows ------------------------------------------------------------------ */

static bool read_entries(struct shim_board *board, struct shim_window *window)
{
    struct shim_entries entries = shim_ranges_entries(board->tree, window->node, SHIM_DMA_RANGES);
    struct shim_entry entry;

    window->at = shim_alloc(board->arena, entries.rest.len / SMALLEST_ENTRY, sizeof(*window->at));
    if (!window->at)
        return false;
    while (shim_next_entry(&entries, &entry)) {
        struct shim_range cpu = shim_cut_range(entry.up, entry.size);

        if (!cpu.size || !shim_dma_to_cpu(board->tree, window->node, &cpu.base))
            continue;
        cpu = shim_cut_range(cpu.base, entry.size);
        window->at[window->count++] =
            (struct shim_window_entry){ entry.flags, entry.address, cpu.base, cpu.size };
    }
    return true;
}

/* Which CPU addresses its entries come to. */
static bool find_reached(const struct shim_board *board, struct shim_window *window)
{
    if (!shim_ranges_init(&window->reached, board->arena, window->count))
        return false;
    for (uint32_t i = 0; i < window->count; i++)
        shim_ranges_collect(&window->reached,
                            (struct shim_range){ window->at[i].cpu, window->at[i].size });
    shim_ranges_settle(&window->reached);
    return true;
}

static bool same_entries(const struct shim_window *a, const struct shim_window *b)
{
    bool same = a->count == b->count;

    for (uint32_t i = 0; same && i < a->count; i++)
        same = a->at[i].flags == b->at[i].flags && a->at[i].bus == b->at[i].bus &&
               a->at[i].cpu == b->at[i].cpu && a->at[i].size == b->at[i].size;
    return same;
}

static uint32_t first_like(const struct shim_board *board, uint32_t index)
{
    uint32_t first = 1;

    while (first < index && first < LIKE_MAX &&
           !same_entries(&board->windows[first], &board->windows[index]))
        first++;
    return first < LIKE_MAX ? first : index;
}

/*
 * The window of a node, made when it is new. 0, no window at all, where Linux
 * finds no entry to go by: on the root, and where no entry has a way up.
 */
static bool window_of(struct shim_board *board, uint32_t *known, uint32_t node, uint32_t *index)
{
    struct shim_window *window = &board->windows[board->window_count];

    *index = 0;
    if (node == SHIM_NONE || node == SHIM_ROOT)
        return true;
    if (!known[node]) {
        *window = (struct shim_window){ .node = node };
        if (!read_entries(board, window))
            return false;
        known[node] = window->count ? ++board->window_count : 1;
        if (window->count && !find_reached(board, window))
            return false;
        window->like = window->count ? first_like(board, known[node] - 1) : 0;
    }
    *index = known[node] - 1;
    return true;
}

static bool alloc_windows(struct shim_board *board, uint32_t **known)
{
    uint32_t count = 1;

    for (uint32_t node = 0; node < board->tree->node_count; node++)
        count += shim_prop(board->tree, node, SHIM_DMA_RANGES).len != 0;
    board->windows = shim_alloc(board->arena, count + 1, sizeof(*board->windows));
    *known = shim_alloc(board->arena, board->tree->node_count, sizeof(**known));
    if (!board->windows || !*known)
        return false;
    memset(*known, 0, board->tree->node_count * sizeof(**known));
    board->windows[0] = (struct shim_window){ .node = SHIM_NONE };
    board->window_count = 1;
    return true;
}

static bool find_windows(struct shim_board *board)
{
    uint32_t *known;

    if (!alloc_windows(board, &known))
        return false;
    for (uint32_t i = 0; i < board->master_count; i++) {
        struct shim_master *master = &board->masters[i];
        uint32_t from;

        if (!window_of(board, known, shim_dma_carrier(board->tree, master->node),
                       &master->window))
            return false;
        master->decides = board->windows[master->window].count &&
                          !shim_is_bystander(board->tree, master->node);
        master->coherent = shim_dma_coherent(board->tree, master->node, &from);
        master->inherits_coherent = master->coherent && from != master->node;
    }
    return true;
}

enum shim_code shim_survey_windows(struct shim_board *board, struct shim_error *error)
{
    if (find_windows(board))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the DMA windows of %u masters", board->master_count);
}
