// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/fdt/edit.h"
#include "shim/fdt/fdt.h"

void shim_edits_init(struct shim_edits *edits, const struct shim_tree *tree,
                     struct shim_arena *arena)
{
    *edits = (struct shim_edits){
        .tree = tree,
        .arena = arena,
        .strings_len = tree->strings_len,
        .reserve_count = tree->reserve_count,
    };
    edits->names_end = &edits->names;
    edits->reserves_end = &edits->reserves;
}

/* NULL when the arena is full; the splice reports it. */
static void *take(struct shim_edits *edits, size_t size)
{
    void *at = shim_alloc(edits->arena, 1, size);

    if (!at)
        edits->full = true;
    return at;
}

static bool goes_before(const struct shim_edit *a, const struct shim_edit *b)
{
    return a->at != b->at ? a->at < b->at : a->rank < b->rank;
}

/* The last one in the list that the edit does not go before. */
static struct shim_edit *place_of(const struct shim_edits *edits, const struct shim_edit *edit)
{
    bool at_end = !edits->last || !goes_before(edit, edits->last);
    struct shim_edit *before = at_end ? edits->last : edits->latest;

    while (before && goes_before(edit, before))
        before = before->previous;
    while (!at_end && before && !goes_before(edit, before->next))
        before = before->next;
    return before;
}

/* Keeps the list in the order of places; most edits go last, or next to the previous one. */
static void insert(struct shim_edits *edits, struct shim_edit *edit)
{
    struct shim_edit *before = place_of(edits, edit);

    edit->previous = before;
    edit->next = before ? before->next : edits->first;
    *(before ? &before->next : &edits->first) = edit;
    *(edit->next ? &edit->next->previous : &edits->last) = edit;
    edits->latest = edit;
}

static uint32_t name_size(const char *name)
{
    return FDT_PAD((uint32_t)strlen(name) + 1);
}

/* What the edit adds to the structure block. */
static int64_t growth_of(const struct shim_edit *edit)
{
    switch ((enum shim_edit_kind)edit->kind) {
    case EDIT_REMOVE:
        return -(int64_t)edit->len;
    case EDIT_COPY:
        return edit->len;
    case EDIT_BEGIN:
        return FDT_TOKEN + name_size(edit->bytes);
    case EDIT_NAME:
        return name_size(edit->bytes);
    case EDIT_PROP:
        return FDT_PROP_HEADER + FDT_PAD(edit->len);
    case EDIT_END:
        break;
    }
    return FDT_TOKEN;
}

static void add(struct shim_edits *edits, struct shim_edit edit)
{
    struct shim_edit *kept = take(edits, sizeof(*kept));

    if (!kept)
        return;
    *kept = edit;
    insert(edits, kept);
    edits->growth += growth_of(&edit);
}

static void forget(struct shim_edits *edits, struct shim_edit *edit)
{
    *(edit->previous ? &edit->previous->next : &edits->first) = edit->next;
    *(edit->next ? &edit->next->previous : &edits->last) = edit->previous;
    if (edits->latest == edit)
        edits->latest = edit->previous ? edit->previous : edits->first;
    edits->growth -= growth_of(edit);
}

/* What was to change strictly between the two places. */
static void forget_inside(struct shim_edits *edits, uint32_t from, uint32_t end)
{
    struct shim_edit *previous;

    for (struct shim_edit *edit = edits->last; edit && edit->at > from; edit = previous) {
        previous = edit->previous;
        if (edit->at < end)
            forget(edits, edit);
    }
}

static void remove_bytes(struct shim_edits *edits, uint32_t at, uint32_t len, uint8_t rank)
{
    add(edits, (struct shim_edit){ .at = at, .kind = EDIT_REMOVE, .rank = rank, .len = len });
}

static void remove_node(struct shim_edits *edits, uint32_t node)
{
    const struct shim_node *own = &edits->tree->nodes[node];

    remove_bytes(edits, own->at, own->end + FDT_TOKEN - own->at, RANK_CHILD);
}

/* ---- names -------------------------------------------------------------- */

static uint32_t existing_string(const struct shim_tree *tree, const char *name)
{
    const char *string = shim_name_string(tree, 1);

    if (!shim_may_be_known(tree, shim_name_hash(name)))
        return SHIM_NONE;
    for (unsigned known = 1; *string && known < SHIM_NAMES_MAX; known++) {
        if (*string == *name && !strcmp(string, name))
            return tree->string_of[known];
        string = shim_name_behind(tree, known, string);
    }
    return SHIM_NONE;
}

static uint32_t append_string(struct shim_edits *edits, uint32_t len)
{
    uint32_t offset = edits->strings_len;

    edits->strings_len += len;
    return offset;
}

static uint32_t string_offset(struct shim_edits *edits, const char *name)
{
    struct shim_new_name *entry = edits->names;

    while (entry && (*entry->name != *name || strcmp(entry->name, name) != 0))
        entry = entry->next;
    if (entry)
        return entry->offset;
    entry = take(edits, sizeof(*entry));
    if (!entry)
        return 0;
    *entry = (struct shim_new_name){ .name = name, .offset = existing_string(edits->tree, name) };
    if (entry->offset == SHIM_NONE) {
        entry->len = (uint32_t)strlen(name) + 1;
        entry->offset = append_string(edits, entry->len);
    }
    *edits->names_end = entry;
    edits->names_end = &entry->next;
    return entry->offset;
}

/* ---- places ------------------------------------------------------------- */

/* Where a node's properties end and its children begin. */
static uint32_t behind_props(const struct shim_tree *tree, uint32_t node)
{
    const struct shim_node *own = &tree->nodes[node];
    uint32_t last;

    if (own->first_prop == own->props_end)
        return own->at + FDT_TOKEN + name_size(shim_node_name(tree, node));
    last = shim_prop_at(tree, own->props_end - 1);
    return last + FDT_PROP_HEADER + FDT_PAD(shim_be32(tree->structs + last + 4));
}

struct shim_cursor shim_cursor(uint32_t node)
{
    return (struct shim_cursor){ .node = node };
}

static struct shim_cursor begin_at(struct shim_edits *edits, uint32_t at, const char *name)
{
    add(edits, (struct shim_edit){ .at = at, .kind = EDIT_BEGIN, .rank = RANK_CHILD,
                                   .bytes = name });
    return (struct shim_cursor){ .node = SHIM_NONE, .at = at };
}

static struct shim_cursor open_at(struct shim_edits *edits, struct shim_cursor parent,
                                  const char *name, bool first)
{
    uint32_t child;

    if (parent.node == SHIM_NONE)
        return begin_at(edits, parent.at, name);
    child = shim_child(edits->tree, parent.node, name);
    if (child != SHIM_NONE)
        return shim_cursor(child);
    return begin_at(edits, first ? behind_props(edits->tree, parent.node)
                                 : edits->tree->nodes[parent.node].end, name);
}

struct shim_cursor shim_open(struct shim_edits *edits, struct shim_cursor parent, const char *name)
{
    return open_at(edits, parent, name, false);
}

struct shim_cursor shim_open_first(struct shim_edits *edits, struct shim_cursor parent,
                                   const char *name)
{
    return open_at(edits, parent, name, true);
}

struct shim_cursor shim_open_new(struct shim_edits *edits, struct shim_cursor parent,
                                 const char *name)
{
    if (parent.node == SHIM_NONE)
        return begin_at(edits, parent.at, name);
    shim_delete_children(edits, parent.node, name);
    return begin_at(edits, edits->tree->nodes[parent.node].end, name);
}

void shim_close(struct shim_edits *edits, struct shim_cursor cursor)
{
    if (cursor.node == SHIM_NONE)
        add(edits, (struct shim_edit){ .at = cursor.at, .kind = EDIT_END, .rank = RANK_CHILD });
}

/* ---- properties ----------------------------------------------------------- */

static uint32_t find_prop(const struct shim_tree *tree, uint32_t node, const char *name)
{
    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++) {
        const char *own = shim_prop_name(tree, prop);

        if (*own == *name && !strcmp(own, name))
            return prop;
    }
    return SHIM_NONE;
}

static uint32_t prop_size(struct shim_span value)
{
    return FDT_PROP_HEADER + FDT_PAD((uint32_t)value.len);
}

static void insert_prop(struct shim_edits *edits, uint32_t at, uint8_t rank, const char *name,
                        const void *value, size_t len)
{
    struct shim_edit edit = {
        .at = at, .kind = EDIT_PROP, .rank = rank, .bytes = value, .len = (uint32_t)len,
        .from = string_offset(edits, name),
    };

    add(edits, edit);
}

void shim_put(struct shim_edits *edits, struct shim_cursor to, const char *name,
              const void *value, size_t len)
{
    const struct shim_tree *tree = edits->tree;
    struct shim_span old;
    uint32_t prop;

    if (to.node == SHIM_NONE) {
        insert_prop(edits, to.at, RANK_CHILD, name, value, len);
        return;
    }
    prop = find_prop(tree, to.node, name);
    if (prop == SHIM_NONE) {
        insert_prop(edits, behind_props(tree, to.node), RANK_PROPERTY, name, value, len);
        return;
    }
    old = shim_prop_value(tree, prop);
    if (old.len == len && !memcmp(old.at, value, len))
        return;
    remove_bytes(edits, shim_prop_at(tree, prop), prop_size(old), RANK_PROPERTY);
    insert_prop(edits, shim_prop_at(tree, prop), RANK_PROPERTY, name, value, len);
}

void shim_put_string(struct shim_edits *edits, struct shim_cursor to, const char *name,
                     const char *value)
{
    shim_put(edits, to, name, value, strlen(value) + 1);
}

void shim_put_u32(struct shim_edits *edits, struct shim_cursor to, const char *name, uint32_t value)
{
    uint8_t *cell = take(edits, 4);

    if (!cell)
        return;
    shim_put_be32(cell, value);
    shim_put(edits, to, name, cell, 4);
}

void shim_put_cells(struct shim_edits *edits, struct shim_cursor to, struct shim_cells cells)
{
    shim_put_u32(edits, to, "#address-cells", cells.address);
    shim_put_u32(edits, to, "#size-cells", cells.size);
}

void shim_put_u64(struct shim_edits *edits, struct shim_cursor to, const char *name, uint64_t value)
{
    uint8_t *cells = take(edits, 8);

    if (!cells)
        return;
    shim_put_be64(cells, value);
    shim_put(edits, to, name, cells, 8);
}

static uint8_t *write_cells(uint8_t *at, uint32_t cells, uint64_t value)
{
    if (cells == 2)
        shim_put_be64(at, value);
    else
        shim_put_be32(at, (uint32_t)value);
    return at + 4 * (size_t)cells;
}

void shim_put_reg(struct shim_edits *edits, struct shim_cursor to, const char *name,
                  struct shim_cells cells, const struct shim_range *ranges, uint32_t count)
{
    size_t len = 4 * ((size_t)cells.address + cells.size) * count;
    bool sound = cells.address - 1 <= 1 && cells.size - 1 <= 1;
    uint8_t *value = sound ? take(edits, len) : NULL;
    uint8_t *at = value;

    if (!value)
        return;
    for (uint32_t i = 0; i < count; i++) {
        at = write_cells(at, cells.address, ranges[i].base);
        at = write_cells(at, cells.size, ranges[i].size);
    }
    shim_put(edits, to, name, value, len);
}

static uint8_t *write_entry(uint8_t *at, const struct shim_entries *cells,
                            const struct shim_entry *entry)
{
    uint32_t flags = cells->child == 3;

    if (flags)
        at = write_cells(at, 1, entry->flags);
    at = write_cells(at, cells->child - flags, entry->address);
    at = write_cells(at, cells->up, entry->up);
    return write_cells(at, cells->size, entry->size);
}

void shim_put_entries(struct shim_edits *edits, struct shim_cursor to, const char *name,
                      const struct shim_entries *cells, const struct shim_entry *entries,
                      uint32_t count)
{
    size_t len = 4 * ((size_t)cells->child + cells->up + cells->size) * count;
    uint8_t *value = take(edits, len);
    uint8_t *at = value;

    if (!value)
        return;
    for (uint32_t i = 0; i < count; i++)
        at = write_entry(at, cells, &entries[i]);
    shim_put(edits, to, name, value, len);
}

void shim_put_ranges(struct shim_edits *edits, struct shim_cursor to, const char *name,
                     const struct shim_range *ranges, uint32_t count)
{
    shim_put_reg(edits, to, name, (struct shim_cells){ .address = 2, .size = 2 }, ranges, count);
}

static void delete_at(struct shim_edits *edits, uint32_t prop)
{
    remove_bytes(edits, shim_prop_at(edits->tree, prop),
                 prop_size(shim_prop_value(edits->tree, prop)), RANK_PROPERTY);
}

void shim_delete_prop(struct shim_edits *edits, uint32_t node, enum shim_name name)
{
    const struct shim_tree *tree = edits->tree;

    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++)
        if (shim_prop_id(tree, prop) == name)
            delete_at(edits, prop);
}

void shim_delete_named(struct shim_edits *edits, uint32_t node, const char *name)
{
    const struct shim_tree *tree = edits->tree;

    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++)
        if (!strcmp(shim_prop_name(tree, prop), name))
            delete_at(edits, prop);
}

/* ---- nodes ---------------------------------------------------------------- */

void shim_delete_node(struct shim_edits *edits, uint32_t node)
{
    const struct shim_node *own = &edits->tree->nodes[node];

    forget_inside(edits, own->at, own->end + FDT_TOKEN);
    remove_node(edits, node);
}

void shim_delete_children(struct shim_edits *edits, uint32_t parent, const char *name)
{
    for (uint32_t child = shim_first_child(edits->tree, parent); child != SHIM_NONE;
         child = shim_next_child(edits->tree, child))
        if (!strcmp(shim_node_name(edits->tree, child), name))
            shim_delete_node(edits, child);
}

void shim_rename(struct shim_edits *edits, uint32_t node, const char *name)
{
    uint32_t at = edits->tree->nodes[node].at + FDT_TOKEN;
    const char *old = shim_node_name(edits->tree, node);

    if (!strcmp(old, name))
        return;
    remove_bytes(edits, at, name_size(old), RANK_PROPERTY);
    add(edits, (struct shim_edit){ .at = at, .kind = EDIT_NAME, .bytes = name });
}

static void copy_to(struct shim_edits *edits, uint32_t to, uint32_t from, uint32_t end)
{
    if (end > from)
        add(edits, (struct shim_edit){ .at = to, .kind = EDIT_COPY, .rank = RANK_CHILD,
                                       .from = from, .len = end - from });
}

/* The first edit after the place. */
static struct shim_edit *first_behind(const struct shim_edits *edits, uint32_t at)
{
    struct shim_edit *edit = edits->first;

    while (edit && edit->at <= at)
        edit = edit->next;
    return edit;
}

/* What changes in it goes along: a piece up to each edit, the edit, and the rest. */
void shim_move_behind(struct shim_edits *edits, uint32_t node, uint32_t after)
{
    const struct shim_node *own = &edits->tree->nodes[node];
    uint32_t to = edits->tree->nodes[after].end + FDT_TOKEN;
    uint32_t done = own->at, end = own->end + FDT_TOKEN;
    struct shim_edit *next;

    for (struct shim_edit *edit = first_behind(edits, own->at); edit && edit->at < end;
         edit = next) {
        struct shim_edit moved = *edit;

        next = edit->next;
        forget(edits, edit);
        copy_to(edits, to, done, moved.at);
        if (done < moved.at)
            done = moved.at;
        if (moved.kind == EDIT_REMOVE) {
            done += moved.len; /* what replaces it comes after it in the list */
            continue;
        }
        moved.at = to;
        moved.rank = RANK_CHILD;
        add(edits, moved);
    }
    copy_to(edits, to, done, end);
    remove_node(edits, node);
}

void shim_drop_reserves(struct shim_edits *edits)
{
    if (edits->drop_reserves)
        return;
    edits->drop_reserves = true;
    edits->reserve_count -= edits->tree->reserve_count;
}

void shim_add_reserve(struct shim_edits *edits, struct shim_range range)
{
    struct shim_new_reserve *entry = take(edits, sizeof(*entry));

    if (!entry)
        return;
    *entry = (struct shim_new_reserve){ .range = range };
    *edits->reserves_end = entry;
    edits->reserves_end = &entry->next;
    edits->reserve_count++;
}
