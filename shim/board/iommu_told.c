// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the policy states about IOMMUs. */
#include "shim/base/mem.h"
#include "shim/board/iommu.h"
#include "shim/fdt/paths.h"
#include "shim/fdt/word_set.h"

enum shim_code shim_no_dma_room(const struct shim_board *board, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the DMA facts of %u nodes", board->tree->node_count);
}

bool shim_has_driver(const struct shim_board *board, uint32_t iommu)
{
    struct shim_word_set drivers = { board->policy->list[SHIM_POLICY_IOMMU_DRIVERS],
                                     board->drivers };

    return shim_word_set_has_compatible(&drivers, board->tree, iommu);
}

/* The memory that a table takes is given back. */
static enum shim_code mark(const struct shim_board *board, struct shim_span list, bool *marked,
                           struct shim_error *error)
{
    struct shim_arena rest = *board->arena;
    struct shim_paths paths = shim_paths(board->tree, list, &rest);

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at)) {
        uint32_t node = shim_path_node(&paths, at, strlen(at));

        if (node == SHIM_NONE || !shim_is_iommu(board->tree, node))
            return shim_fail(error, SHIM_E_POLICY, "policy", "iommu-no-stage2",
                             "give the full path of an IOMMU, or remove it",
                             "'%s' is not an IOMMU of this tree", at);
        marked[node] = true;
    }
    return SHIM_OK;
}

enum shim_code shim_read_told_iommus(struct shim_board *board, struct shim_error *error)
{
    struct shim_span list = board->policy->list[SHIM_POLICY_IOMMU_NO_STAGE2];
    bool *marked;

    board->drivers = shim_word_set(board->policy->list[SHIM_POLICY_IOMMU_DRIVERS],
                                   board->arena).slots;
    if (!list.len)
        return SHIM_OK;
    board->no_stage2 = marked = shim_alloc(board->arena, board->tree->node_count, sizeof(*marked));
    if (!marked)
        return shim_no_dma_room(board, error);
    memset(marked, 0, board->tree->node_count * sizeof(*marked));
    return mark(board, list, marked, error);
}
