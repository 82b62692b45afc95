// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What follows from the survey. */
#include "shim/board/board.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"

enum shim_code shim_survey(struct shim_board *board, struct shim_error *error)
{
    enum shim_code code = shim_survey_iommus(board, error);

    if (!code)
        code = shim_survey_windows(board, error);
    return code ? code : shim_survey_srams(board, error);
}

/* ---- memory ----------------------------------------------------------------------- */

bool shim_is_memory_node(const struct shim_board *board, uint32_t node)
{
    uint32_t low = 0, high = board->memory_node_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (board->memory_nodes[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < board->memory_node_count && board->memory_nodes[low] == node;
}

uint32_t shim_memory_node(const struct shim_board *board)
{
    return board->memory_node_count ? board->memory_nodes[0] : SHIM_ROOT;
}

bool shim_is_own_name(const char *name)
{
    return shim_matches_one("sram-map\0dtshim-pages\0dtshim-claims\0dtshim-dma-*\0", name);
}

/* ---- masters ---------------------------------------------------------------------- */

const struct shim_master *shim_master_at(const struct shim_board *board, uint32_t node)
{
    uint32_t low = 0, high = board->master_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (board->masters[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < board->master_count && board->masters[low].node == node ? &board->masters[low]
                                                                         : NULL;
}

bool shim_fare_alike(const struct shim_board *board, const struct shim_master *a,
                     const struct shim_master *b)
{
    return a->window == b->window && a->coherent == b->coherent && a->decides == b->decides &&
           board->dma[a->node] == board->dma[b->node];
}

uint32_t shim_count_masters(const struct shim_board *board, enum shim_dma verdict)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < board->master_count; i++)
        count += board->dma[board->masters[i].node] == verdict;
    return count;
}

enum shim_coverage shim_coverage(const struct shim_board *board)
{
    uint32_t count = shim_count_masters(board, SHIM_DMA_PROTECTED);

    if (!count)
        return SHIM_COVERAGE_NONE;
    return count == board->master_count ? SHIM_COVERAGE_ALL : SHIM_COVERAGE_SOME;
}

const char *shim_coverage_word(enum shim_coverage coverage)
{
    return shim_word("none\0some\0all\0", coverage);
}

/* ---- windows ------------------------------------------------------------------------ */

uint64_t shim_window_total(const struct shim_window *window)
{
    return shim_ranges_total(&window->reached);
}

uint64_t shim_window_misses(const struct shim_window *window, struct shim_range range)
{
    uint64_t missing = window->count ? range.size : 0;

    for (uint32_t i = 0; i < window->reached.count; i++)
        missing -= shim_range_common(window->reached.at[i], range).size;
    return missing;
}

const struct shim_master *shim_tightest(const struct shim_board *board)
{
    const struct shim_master *tightest = NULL;
    uint64_t least = 0;

    for (uint32_t i = 0; i < board->master_count; i++) {
        const struct shim_window *window = &board->windows[board->masters[i].window];
        uint64_t total = shim_window_total(window);

        if (!board->masters[i].decides || (tightest && total >= least))
            continue;
        tightest = &board->masters[i];
        least = total;
    }
    return tightest;
}
