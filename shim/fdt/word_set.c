// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/word_set.h"

#include "shim/base/mem.h"

static uint32_t hash_of(const char *word)
{
    return shim_slot_hash(0, word, strlen(word));
}

static uint32_t count_words(struct shim_span list)
{
    uint32_t count = 0;

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        count++;
    return count;
}

struct shim_word_set shim_word_set(struct shim_span list, struct shim_arena *arena)
{
    struct shim_word_set set = { .list = list };

    if (!list.len)
        return set;
    set.slots = shim_slots(arena, count_words(list));
    for (const char *at = shim_list_next(list, NULL); at && set.slots.at;
         at = shim_list_next(list, at))
        if (shim_word_place(&set, at) == SHIM_NONE)
            shim_slot_put(&set.slots, hash_of(at), (uint32_t)(at - (const char *)list.at));
    return set;
}

uint32_t shim_word_place(const struct shim_word_set *set, const char *word)
{
    for (uint32_t hash = hash_of(word);; hash++) {
        uint32_t offset = set->slots.at[hash & set->slots.mask];

        if (offset == SHIM_NONE)
            return SHIM_NONE;
        if (!strcmp((const char *)set->list.at + offset, word))
            return hash & set->slots.mask;
    }
}

bool shim_word_set_has(const struct shim_word_set *set, const char *word)
{
    return set->slots.at ? shim_word_place(set, word) != SHIM_NONE
                         : shim_list_has(set->list, word);
}

bool shim_word_set_has_compatible(const struct shim_word_set *set, const struct shim_tree *tree,
                                  uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        if (shim_word_set_has(set, at))
            return true;
    return false;
}
