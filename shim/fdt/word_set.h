/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A list of strings that is searched often, and may be long. */
#ifndef DTSHIM_FDT_WORD_SET_H
#define DTSHIM_FDT_WORD_SET_H

#include "shim/fdt/slots.h"
#include "shim/fdt/tree.h"

struct shim_word_set {
    struct shim_span list;
    struct shim_slots slots; /* of offsets in the list; none where there was no room */
};

/* If the arena is too small, each search is a walk over the list. */
struct shim_word_set shim_word_set(struct shim_span list, struct shim_arena *arena);

/* As shim_list_has(). */
bool shim_word_set_has(const struct shim_word_set *set, const char *word);

/* Is one of the node's compatibles in it? */
bool shim_word_set_has_compatible(const struct shim_word_set *set, const struct shim_tree *tree,
                                  uint32_t node);

/*
 * The place of the word in the table, or SHIM_NONE: it is not in the list. The table exists, and
 * has no word twice. Places are below slots.mask + 1.
 */
uint32_t shim_word_place(const struct shim_word_set *set, const char *word);

#endif
