/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Writes a tree from start to end into a buffer of fixed size, like libfdt's fdt_sw.c for Xen:
 * nodes and properties grow upwards, names of properties downwards from the end, and a name
 * that is there already (or is the end of one) is not written again. So it is full exactly when
 * Xen's is.
 */
#ifndef DTSHIM_MODEL_WRITE_H
#define DTSHIM_MODEL_WRITE_H

#include "shim/fdt/tree.h"

struct shim_writer {
    const struct shim_tree *from; /* a tree whose properties may be copied */
    uint8_t *at;       /* NULL: it is only counted, see shim_write_count() */
    uint32_t room;
    uint32_t top;      /* end of the structure block */
    uint32_t strings;  /* bytes of names at the end of the room */
    uint32_t *names;   /* the distance from the end to each of them, ascending */
    uint32_t name_count;
    uint32_t *moved;   /* for each name of `from`: its distance from the end; 0: not yet */
    bool full;         /* something did not fit: nothing is written any more */
};

/* False: no memory for the room and what else is needed. */
bool shim_write_start(struct shim_writer *out, struct shim_arena *arena, uint32_t room,
                      const struct shim_tree *from);

/*
 * Counts instead what is written, at most: every name as if it were new, and those of `from`
 * all at once. What is not full in this way has room.
 */
void shim_write_count(struct shim_writer *out, uint32_t room, const struct shim_tree *from);

static inline bool shim_write_counts(const struct shim_writer *out)
{
    return !out->at;
}

/* Counts a node of `from` with its properties, as they are, without its end. */
void shim_write_count_node(struct shim_writer *out, uint32_t node);

/* Counts what was counted before: bytes of structure and of names. */
void shim_write_count_bytes(struct shim_writer *out, uint32_t bytes);

void shim_write_begin(struct shim_writer *out, const char *name);
void shim_write_end(struct shim_writer *out);

/* A place for the value; NULL: full, or only counted. */
uint8_t *shim_write_place(struct shim_writer *out, const char *name, uint32_t len);
void shim_write_prop(struct shim_writer *out, const char *name, struct shim_span value);
void shim_write_string(struct shim_writer *out, const char *name, const char *string);
void shim_write_cell(struct shim_writer *out, const char *name, uint32_t cell);

/* The property of `from` as it is. */
void shim_write_copy(struct shim_writer *out, uint32_t prop);

/* Header and end; the size of the tree, or what was counted; 0: full. */
size_t shim_write_finish(struct shim_writer *out);

#endif
