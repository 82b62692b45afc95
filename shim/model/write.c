// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/write.h"

#include "shim/base/mem.h"
#include "shim/fdt/fdt.h"

/* Names that Xen writes, and a tree may not have. */
enum { OWN_NAMES = 64 };

/* libfdt puts the reservation block at a multiple of its entries' size. */
enum { RESERVE = 48, STRUCTS = RESERVE + FDT_RESERVE_ENTRY };

bool shim_write_start(struct shim_writer *out, struct shim_arena *arena, uint32_t room,
                      const struct shim_tree *from)
{
    uint32_t names = from->strings_len < from->prop_count ? from->strings_len : from->prop_count;
    size_t moved = (size_t)from->strings_len * sizeof(*out->moved);

    *out = (struct shim_writer){ .from = from, .room = room, .top = STRUCTS };
    out->at = shim_alloc(arena, 1, room);
    out->moved = shim_alloc(arena, 1, moved);
    out->names = shim_alloc(arena, (size_t)names + OWN_NAMES, sizeof(*out->names));
    if (!out->at || !out->moved || !out->names)
        return false;
    memset(out->moved, 0, moved);
    out->full = room < STRUCTS;
    if (!out->full)
        memset(out->at, 0, STRUCTS);
    return true;
}

void shim_write_count(struct shim_writer *out, uint32_t room, const struct shim_tree *from)
{
    *out = (struct shim_writer){ .from = from, .room = room, .top = STRUCTS,
                                 .strings = from->strings_len };
    out->full = room < STRUCTS || from->strings_len > room - STRUCTS;
}

/* Room of the structure block (fdt_grab_space_()); NULL: full, or only counted. */
static uint8_t *grab(struct shim_writer *out, uint64_t len)
{
    uint32_t top = out->top;

    out->full = out->full || len > out->room - out->strings - top;
    if (out->full)
        return NULL;
    out->top += (uint32_t)len;
    return out->at ? out->at + top : NULL;
}

/* Up to its first child, or its end. */
void shim_write_count_node(struct shim_writer *out, uint32_t node)
{
    const struct shim_node *own = &out->from->nodes[node];

    grab(out, (own->past > node + 1 ? out->from->nodes[node + 1].at : own->end) - own->at);
}

void shim_write_count_bytes(struct shim_writer *out, uint32_t bytes)
{
    grab(out, bytes);
}

void shim_write_begin(struct shim_writer *out, const char *name)
{
    size_t len = strlen(name) + 1;
    uint32_t padded = FDT_PAD((uint32_t)len);
    uint8_t *at = grab(out, FDT_TOKEN + padded);

    if (!at)
        return;
    memset(at, 0, FDT_TOKEN + padded);
    shim_put_be32(at, FDT_BEGIN_NODE);
    memcpy(at + FDT_TOKEN, name, len);
}

void shim_write_end(struct shim_writer *out)
{
    uint8_t *at = grab(out, FDT_TOKEN);

    if (at)
        shim_put_be32(at, FDT_END_NODE);
}

/*
 * The distance from the end to the same name, or to one that ends with it; 0: there is none.
 * libfdt searches every byte from the newest name on: it finds the newest that ends so.
 */
static uint32_t find_name(const struct shim_writer *out, const char *name, uint32_t len)
{
    const uint8_t *end = out->at + out->room;
    uint8_t last = len > 1 ? (uint8_t)name[len - 2] : 0;

    for (uint32_t i = out->name_count; i-- > 0;) {
        uint32_t before = i ? out->names[i - 1] : 0;

        if (out->names[i] - before < len || (last && *(end - before - 2) != last))
            continue;
        if (!memcmp(end - before - len, name, len))
            return before + len;
    }
    return 0;
}

/* The same, and writes it where it is new; 0: full. */
static uint32_t place_name(struct shim_writer *out, const char *name)
{
    uint32_t len = (uint32_t)strlen(name) + 1;
    uint32_t back = shim_write_counts(out) ? 0 : find_name(out, name, len);

    if (back)
        return back;
    out->full = out->full || len > out->room - out->strings - out->top;
    if (out->full)
        return 0;
    out->strings += len;
    if (shim_write_counts(out))
        return out->strings;
    out->names[out->name_count++] = out->strings;
    memcpy(out->at + out->room - out->strings, name, len);
    return out->strings;
}

static uint8_t *place(struct shim_writer *out, uint32_t name, uint32_t len)
{
    uint32_t padded = FDT_PAD(len);
    uint8_t *at = grab(out, FDT_PROP_HEADER + (uint64_t)padded);

    if (!at)
        return NULL;
    memset(at, 0, FDT_PROP_HEADER + (size_t)padded);
    shim_put_be32(at, FDT_PROP);
    shim_put_be32(at + 4, len);
    shim_put_be32(at + 8, name);
    return at + FDT_PROP_HEADER;
}

uint8_t *shim_write_place(struct shim_writer *out, const char *name, uint32_t len)
{
    uint32_t back = place_name(out, name);

    return back ? place(out, back, len) : NULL;
}

void shim_write_prop(struct shim_writer *out, const char *name, struct shim_span value)
{
    uint8_t *at = shim_write_place(out, name, (uint32_t)value.len);

    if (at && value.len)
        memcpy(at, value.at, value.len);
}

void shim_write_string(struct shim_writer *out, const char *name, const char *string)
{
    struct shim_span value = { .at = (const uint8_t *)string, .len = strlen(string) + 1 };

    shim_write_prop(out, name, value);
}

void shim_write_cell(struct shim_writer *out, const char *name, uint32_t cell)
{
    uint8_t *at = shim_write_place(out, name, 4);

    if (at)
        shim_put_be32(at, cell);
}

/* A name is looked for once: by its place among the strings of the other tree. */
void shim_write_copy(struct shim_writer *out, uint32_t prop)
{
    const char *name = shim_prop_name(out->from, prop);
    struct shim_span value = shim_prop_value(out->from, prop);
    uint32_t *back;
    uint8_t *at;

    if (shim_write_counts(out)) {
        place(out, 0, (uint32_t)value.len);
        return;
    }
    back = &out->moved[name - out->from->strings];
    if (!*back)
        *back = place_name(out, name);
    at = *back ? place(out, *back, (uint32_t)value.len) : NULL;
    if (at && value.len)
        memcpy(at, value.at, value.len);
}

/* Offsets of names, from the end of the block so far, become those from its start. */
static void settle_names(struct shim_writer *out)
{
    for (uint32_t at = STRUCTS; at < out->top;) {
        uint8_t *token = out->at + at;

        at += FDT_TOKEN;
        if (shim_be32(token) == FDT_BEGIN_NODE)
            at += FDT_PAD((uint32_t)strlen((const char *)token + FDT_TOKEN) + 1);
        else if (shim_be32(token) == FDT_PROP) {
            at += FDT_PROP_HEADER - FDT_TOKEN + FDT_PAD(shim_be32(token + 4));
            shim_put_be32(token + 8, out->strings - shim_be32(token + 8));
        }
    }
}

size_t shim_write_finish(struct shim_writer *out)
{
    uint8_t *end = grab(out, FDT_TOKEN), *at = out->at;

    if (!end)
        return out->full ? 0 : out->top + out->strings;
    shim_put_be32(end, FDT_END);
    settle_names(out);
    memmove(at + out->top, at + out->room - out->strings, out->strings);
    shim_put_be32(at + FDT_OFF_MAGIC, FDT_MAGIC);
    shim_put_be32(at + FDT_OFF_TOTALSIZE, out->top + out->strings);
    shim_put_be32(at + FDT_OFF_STRUCTS, STRUCTS);
    shim_put_be32(at + FDT_OFF_STRINGS, out->top);
    shim_put_be32(at + FDT_OFF_RESERVE, RESERVE);
    shim_put_be32(at + FDT_OFF_VERSION, FDT_VERSION);
    shim_put_be32(at + FDT_OFF_COMPATIBLE_VERSION, FDT_COMPATIBLE_VERSION);
    shim_put_be32(at + FDT_OFF_STRINGS_SIZE, out->strings);
    shim_put_be32(at + FDT_OFF_STRUCTS_SIZE, out->top - STRUCTS);
    return out->top + out->strings;
}
