// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the masters of one device of a domain have in common. */
#include "shim/xen/domain/comers.h"
#include "shim/xen/domain/given.h"

static bool alike(const struct shim_plan *plan, const struct shim_master *a,
                  const struct shim_master *b)
{
    bool one = plan->board->dma[a->node] == SHIM_DMA_PROTECTED;

    return one == (plan->board->dma[b->node] == SHIM_DMA_PROTECTED) && a->window == b->window;
}

const struct shim_master *shim_shared_master(const struct shim_plan *plan, uint32_t top,
                                             uint32_t *torn)
{
    const struct shim_master *first = NULL;

    *torn = SHIM_NONE;
    for (uint32_t node = top; node < plan->tree->nodes[top].past; node++) {
        const struct shim_master *facts = shim_master_at(plan->board, node);

        if (!facts || !(plan->given->comes[node] & SHIM_COMES))
            continue;
        if (!first)
            first = facts;
        if (!alike(plan, first, facts))
            *torn = node;
    }
    return first && plan->board->dma[first->node] != SHIM_DMA_PROTECTED ? first : NULL;
}
