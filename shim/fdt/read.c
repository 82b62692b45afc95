// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reads of a checked tree: nothing here can leave the blob. */
#include "shim/base/mem.h"
#include "shim/fdt/fdt.h"
#include "shim/fdt/tree.h"

bool shim_is_named(const char *name, const char *base)
{
    while (*base && *name == *base) {
        name++;
        base++;
    }
    return !*base && (*name == '\0' || *name == '@');
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

struct shim_span shim_find_prop(const struct shim_tree *tree, uint32_t node, const char *name,
                                uint32_t hash)
{
    const struct shim_node *own = &tree->nodes[node];
    bool known = shim_may_be_known(tree, hash);
    uint32_t end = (own->names & shim_hash_bit(hash)) ? own->props_end : own->first_prop;

    for (uint32_t prop = own->first_prop; prop < end; prop++) {
        const char *at;

        if (shim_prop_id(tree, prop) != SHIM_NAME_OTHER && !known)
            continue;
        at = shim_prop_name(tree, prop);
        if (*at == *name && !strcmp(at, name))
            return shim_prop_value(tree, prop);
    }
    return (struct shim_span){ 0 };
}

struct shim_span shim_find_any_prop(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return shim_find_prop(tree, node, name, shim_name_hash(name));
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

/* A last string without its NUL is not handed out: all that are left end. */
static inline const char *end_of_list(struct shim_span list)
{
    const char *start = (const char *)list.at;

    while (list.len && start[list.len - 1])
        list.len--;
    return list.len ? start + list.len : start;
}

const char *shim_list_next(struct shim_span list, const char *at)
{
    at = at ? at + strlen(at) + 1 : (const char *)list.at;
    return at != end_of_list(list) ? at : NULL;
}

bool shim_list_has(struct shim_span list, const char *string)
{
    const char *end = end_of_list(list);

    for (const char *at = (const char *)list.at; at && at != end; at += strlen(at) + 1)
        if (*at == *string && !strcmp(at, string))
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
    const char *end = end_of_list(list);

    for (const char *at = (const char *)list.at; at && at != end; at += strlen(at) + 1)
        if (shim_matches_one(patterns, at))
            return true;
    return false;
}

bool shim_compatible_row(const struct shim_tree *tree, uint32_t node, const struct shim_row *rows,
                         size_t count, uint32_t starts)
{
    struct shim_span list = shim_known_prop(tree, node, SHIM_COMPATIBLE);
    const char *end = end_of_list(list);
    size_t len;

    for (const char *at = (const char *)list.at; at != end; at += len + 1) {
        len = strlen(at);
        if (starts >> (uint8_t)*at % 32 & 1 && shim_matches_row(rows, count, at, len))
            return true;
    }
    return false;
}

bool shim_reachable(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_NONE; node = tree->nodes[node].parent)
        if (!shim_available(tree, node))
            return false;
    return true;
}

bool shim_says_okay(struct shim_span status)
{
    return (status.len == sizeof("okay") && !__builtin_memcmp(status.at, "okay", status.len)) ||
           (status.len == sizeof("ok") && !__builtin_memcmp(status.at, "ok", status.len));
}

static void inherit(const struct shim_tree *tree, uint32_t node, enum shim_name name,
                    uint32_t *cells)
{
    while (node != SHIM_NONE && !shim_cell(shim_prop(tree, node, name), cells))
        node = tree->nodes[node].parent;
}

struct shim_cells shim_cells_from_above(const struct shim_tree *tree, uint32_t node)
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
static void put_name(struct shim_path *path, size_t before, const char *name, size_t len)
{
    size_t room = sizeof(path->s) - 1;

    if (before >= room)
        return;
    path->s[before++] = '/';
    memcpy(path->s + before, name, len < room - before ? len : room - before);
}

/* From the end, because a node knows its parent only. */
struct shim_path shim_path(const struct shim_tree *tree, uint32_t node)
{
    struct shim_path path = { "/" };
    uint32_t lengths[SHIM_DEPTH_MAX + 1], last = tree->nodes[node].depth;
    size_t len = 0, before;

    for (uint32_t at = node, i = last; at != SHIM_ROOT; at = tree->nodes[at].parent, i--) {
        lengths[i] = (uint32_t)strlen(shim_node_name(tree, at));
        len += 1 + lengths[i];
    }
    before = len;
    for (uint32_t at = node, i = last; at != SHIM_ROOT; at = tree->nodes[at].parent, i--) {
        before -= 1 + lengths[i];
        put_name(&path, before, shim_node_name(tree, at), lengths[i]);
    }
    if (len >= sizeof(path.s))
        memcpy(path.s + sizeof(path.s) - 4, "...", 4);
    return path;
}
