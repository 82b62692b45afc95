// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/named.h"

#include "shim/base/mem.h"

/* Before those that come later in the tree; a node with the compatible twice is listed once. */
static bool put(struct shim_named *named, uint32_t node, const char *compatible,
                struct shim_arena *arena)
{
    uint32_t place = shim_word_place(&named->words, compatible);
    struct shim_bearer *first = place == SHIM_NONE ? NULL : named->bearers[place];
    struct shim_bearer *bearer;

    if (place == SHIM_NONE || (first && first->node == node))
        return true;
    bearer = shim_alloc(arena, 1, sizeof(*bearer));
    if (!bearer)
        return false;
    *bearer = (struct shim_bearer){ first, node };
    named->bearers[place] = bearer;
    return true;
}

bool shim_named(struct shim_named *named, const struct shim_tree *tree, struct shim_span list,
                struct shim_arena *arena)
{
    size_t places;

    *named = (struct shim_named){ shim_paths(tree, list, arena), shim_word_set(list, arena), NULL };
    if (!list.len)
        return true;
    places = (size_t)named->words.slots.mask + 1;
    named->bearers = shim_alloc(arena, places, sizeof(struct shim_bearer *));
    if (!named->words.slots.at || !named->bearers)
        return false;
    memset(named->bearers, 0, places * sizeof(struct shim_bearer *));
    for (uint32_t node = tree->node_count; node-- > 1;) {
        struct shim_span own = shim_prop(tree, node, SHIM_COMPATIBLE);

        for (const char *at = shim_list_next(own, NULL); at; at = shim_list_next(own, at))
            if (!put(named, node, at, arena))
                return false;
    }
    return true;
}

const struct shim_bearer *shim_bearers(const struct shim_named *named, const char *word)
{
    return named->bearers[shim_word_place(&named->words, word)];
}
