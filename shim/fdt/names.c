// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/tree.h"

#include "shim/base/mem.h"

/* The known names in one block, without a pointer to each. */
struct name_block {
    char other[1];
#define NAME_MEMBER(id, string) char id[sizeof(string)];
    SHIM_NAMES(NAME_MEMBER)
#undef NAME_MEMBER
};

static const struct name_block name_block = {
    "",
#define NAME_VALUE(id, string) string,
    SHIM_NAMES(NAME_VALUE)
#undef NAME_VALUE
};

static const uint16_t name_offsets[SHIM_NAME_MORE] = {
    0,
#define NAME_OFFSET(id, string) offsetof(struct name_block, id),
    SHIM_NAMES(NAME_OFFSET)
#undef NAME_OFFSET
};

const char *shim_name_string(const struct shim_tree *tree, unsigned name)
{
    return name < SHIM_NAME_MORE ? (const char *)&name_block + name_offsets[name]
                                 : shim_word(tree->more, name - SHIM_NAME_MORE);
}

const char *shim_name_behind(const struct shim_tree *tree, unsigned name, const char *string)
{
    return name + 1 == SHIM_NAME_MORE ? tree->more : string + strlen(string) + 1;
}
