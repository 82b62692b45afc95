// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/match.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"

static char small(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c + 'a' - 'A');
    return c;
}

static bool same(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (small(a[i]) != small(b[i]))
            return false;
    return true;
}

bool shim_same_word(const char *a, const char *b)
{
    while (*a && small(*a) == small(*b)) {
        a++;
        b++;
    }
    return !*a && !*b;
}

bool shim_xen_compatible(const struct shim_tree *tree, uint32_t node, const char *words)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        for (const char *word = words; *word; word += strlen(word) + 1)
            if (small(*at) == *word && shim_same_word(at, word))
                return true;
    return false;
}

const char *shim_first_string(struct shim_span value)
{
    return value.at && memchr(value.at, 0, value.len) ? (const char *)value.at : NULL;
}

bool shim_xen_type(const struct shim_tree *tree, uint32_t node, const char *type)
{
    const char *own = shim_first_string(shim_prop(tree, node, SHIM_DEVICE_TYPE));

    return own && shim_same_word(own, type);
}

bool shim_xen_at_root(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return tree->nodes[node].parent == SHIM_ROOT &&
           shim_same_word(shim_node_name(tree, node), name);
}

uint32_t shim_xen_root_child(const struct shim_tree *tree, const char *name)
{
    uint32_t child = shim_first_child(tree, SHIM_ROOT);

    while (child != SHIM_NONE && !shim_same_word(shim_node_name(tree, child), name))
        child = shim_next_child(tree, child);
    return child;
}

static uint32_t child_of_len(const struct shim_tree *tree, uint32_t parent, const char *name,
                             size_t len)
{
    uint32_t child = shim_first_child(tree, parent);

    while (child != SHIM_NONE) {
        const char *own = shim_node_name(tree, child);

        if (strlen(own) == len && same(own, name, len))
            break;
        child = shim_next_child(tree, child);
    }
    return child;
}

uint32_t shim_xen_node_at(const struct shim_tree *tree, const char *path, size_t len)
{
    uint32_t node = SHIM_ROOT;

    if (!len || *path != '/')
        return SHIM_NONE;
    if (len == 1)
        return SHIM_ROOT;
    while (len && node != SHIM_NONE) {
        const char *slash = memchr(path + 1, '/', len - 1);
        size_t step = slash ? (size_t)(slash - path) : len;

        node = child_of_len(tree, node, path + 1, step - 1);
        path += step;
        len -= step;
    }
    return node;
}

uint32_t shim_xen_node_of(const struct shim_tree *tree, uint32_t phandle)
{
    uint32_t node = 0;

    if (phandle)
        return shim_node_of_phandle(tree, phandle);
    while (node < tree->node_count && tree->nodes[node].phandle)
        node++;
    return node < tree->node_count ? node : SHIM_NONE;
}

bool shim_first_cell(struct shim_span value, uint32_t *cell)
{
    if (!value.at || value.len < 4)
        return false;
    *cell = shim_be32(value.at);
    return true;
}

void shim_xen_yes_no(struct shim_span word, bool *on)
{
    static const char off[] = "0\0no\0off\0false\0disable\0", yes[] = "1\0yes\0on\0true\0enable\0";

    for (unsigned i = 0; *shim_word(off, i); i++) {
        const char *no = shim_word(off, i), *ok = shim_word(yes, i);

        if (strlen(no) == word.len && !memcmp(word.at, no, word.len))
            *on = false;
        if (strlen(ok) == word.len && !memcmp(word.at, ok, word.len))
            *on = true;
    }
}
