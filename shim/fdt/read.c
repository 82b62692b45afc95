// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reads of a checked tree: nothing here can leave the blob. */
#include "shim/base/mem.h"
#include "shim/fdt/fdt.h"
#include "shim/fdt/tree.h"

const char *shim_node_name(const struct shim_tree *tree, uint32_t node)
{
    return (const char *)tree->structs + tree->nodes[node].at + FDT_TOKEN;
}

bool shim_node_named(const struct shim_tree *tree, uint32_t node, const char *base)
{
    const char *name = shim_node_name(tree, node);

    while (*base && *name == *base) {
        name++;
        base++;
    }
    return !*base && (*name == '\0' || *name == '@');
}

uint32_t shim_first_child(const struct shim_tree *tree, uint32_t parent)
{
    return tree->nodes[parent].past > parent + 1 ? parent + 1 : SHIM_NONE;
}

uint32_t shim_next_child(const struct shim_tree *tree, uint32_t child)
{
    uint32_t next = tree->nodes[child].past;
    uint32_t parent = tree->nodes[child].parent;

    return next < tree->nodes[parent].past ? next : SHIM_NONE;
}

static size_t span_until(const char *at, size_t len, char stop)
{
    const char *found = memchr(at, stop, len);

    return found ? (size_t)(found - at) : len;
}

const char *shim_prop_name(const struct shim_tree *tree, uint32_t prop)
{
    return tree->strings + shim_be32(tree->structs + shim_prop_at(tree, prop) + 8);
}

struct shim_span shim_prop_value(const struct shim_tree *tree, uint32_t prop)
{
    const uint8_t *at = tree->structs + shim_prop_at(tree, prop);

    return (struct shim_span){ .at = at + FDT_PROP_HEADER, .len = shim_be32(at + 4) };
}

struct shim_span shim_known_prop(const struct shim_tree *tree, uint32_t node, enum shim_name name)
{
    uint32_t prop = tree->nodes[node].first_prop;

    while (shim_prop_id(tree, prop) != name)
        prop++;
    return shim_prop_value(tree, prop);
}

struct shim_span shim_find_prop(const struct shim_tree *tree, uint32_t node, const char *name)
{
    struct shim_span none = { 0 };

    if (!(tree->nodes[node].names & shim_name_bit(name)))
        return none;
    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++)
        if (!strcmp(shim_prop_name(tree, prop), name))
            return shim_prop_value(tree, prop);
    return none;
}

const char *shim_string(struct shim_span value)
{
    if (!value.len || span_until((const char *)value.at, value.len, '\0') != value.len - 1)
        return NULL;
    return (const char *)value.at;
}

bool shim_cell(struct shim_span value, uint32_t *cell)
{
    if (value.len != 4)
        return false;
    *cell = shim_be32(value.at);
    return true;
}

const char *shim_list_next(struct shim_span list, const char *at)
{
    const char *start = (const char *)list.at;
    size_t skip = at ? (size_t)(at - start) + strlen(at) + 1 : 0;

    /* A last string without its NUL is not handed out. */
    if (skip >= list.len || span_until(start + skip, list.len - skip, '\0') == list.len - skip)
        return NULL;
    return start + skip;
}

bool shim_list_has(struct shim_span list, const char *string)
{
    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        if (!strcmp(at, string))
            return true;
    return false;
}

struct shim_span shim_first_word(const char *line)
{
    struct shim_span word = { 0 };

    while (line && *line == ' ')
        line++;
    if (!line || !*line)
        return word;
    word.at = (const uint8_t *)line;
    while (line[word.len] && line[word.len] != ' ')
        word.len++;
    return word;
}

bool shim_compatible(const struct shim_tree *tree, uint32_t node, const char *compatible)
{
    return shim_list_has(shim_prop(tree, node, SHIM_COMPATIBLE), compatible);
}

bool shim_compatible_one(const struct shim_tree *tree, uint32_t node, const char *patterns)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        if (shim_matches_one(patterns, at))
            return true;
    return false;
}

bool shim_reachable(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_NONE; node = tree->nodes[node].parent)
        if (!shim_available(tree, node))
            return false;
    return true;
}

bool shim_available(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span status = shim_prop(tree, node, SHIM_STATUS);
    const char *word = shim_string(status);

    return !status.at || (word && (!strcmp(word, "okay") || !strcmp(word, "ok")));
}

static void inherit(const struct shim_tree *tree, uint32_t node, enum shim_name name,
                    uint32_t *cells)
{
    while (node != SHIM_NONE && !shim_cell(shim_prop(tree, node, name), cells))
        node = tree->nodes[node].parent;
}

struct shim_cells shim_inherited_cells(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells cells = { .address = 2, .size = 1 };

    inherit(tree, node, SHIM_ADDRESS_CELLS, &cells.address);
    inherit(tree, node, SHIM_SIZE_CELLS, &cells.size);
    return cells;
}

bool shim_read_cells(const uint8_t *at, uint32_t cells, uint64_t *value)
{
    if (cells == 1 || cells == 2) {
        *value = cells == 1 ? shim_be32(at) : shim_be64(at);
        return true;
    }
    *value = 0;
    for (uint32_t i = 0; i < cells; i++) {
        if (*value >> 32)
            return false;
        *value = *value << 32 | shim_be32(at + 4 * (size_t)i);
    }
    return true;
}

/* Puts "/name" where the path has `before` bytes already; what does not fit is left out. */
static void put_name(struct shim_path *path, size_t before, const char *name)
{
    for (char c = '/'; c && before + 1 < sizeof(path->s); c = *name++)
        path->s[before++] = c;
}

static size_t path_length(const struct shim_tree *tree, uint32_t node)
{
    size_t len = 0;

    for (; node != SHIM_ROOT; node = tree->nodes[node].parent)
        len += 1 + strlen(shim_node_name(tree, node));
    return len;
}

/* From the end, because a node knows its parent only. */
struct shim_path shim_path(const struct shim_tree *tree, uint32_t node)
{
    struct shim_path path = { "/" };
    size_t len = path_length(tree, node), before = len;

    for (; node != SHIM_ROOT; node = tree->nodes[node].parent) {
        before -= 1 + strlen(shim_node_name(tree, node));
        put_name(&path, before, shim_node_name(tree, node));
    }
    if (len >= sizeof(path.s))
        memcpy(path.s + sizeof(path.s) - 4, "...", 4);
    return path;
}
