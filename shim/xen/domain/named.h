/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which nodes the words of passthrough name: a part of the passthrough pass. */
#ifndef DTSHIM_XEN_DOMAIN_NAMED_H
#define DTSHIM_XEN_DOMAIN_NAMED_H

#include "shim/fdt/paths.h"
#include "shim/fdt/word_set.h"

/* A node with a compatible of the list; `next` is the next one in document order. */
struct shim_bearer {
    struct shim_bearer *next;
    uint32_t node;
};

struct shim_named {
    struct shim_paths paths;
    struct shim_word_set words;
    struct shim_bearer **bearers; /* of the word at each place of the table */
};

/* For all words of a list, in two walks over the tree; false: no memory. */
bool shim_named(struct shim_named *named, const struct shim_tree *tree, struct shim_span list,
                struct shim_arena *arena);

/* The nodes with a compatible that is a word of the list; NULL: none has it. */
const struct shim_bearer *shim_bearers(const struct shim_named *named, const char *word);

#endif
