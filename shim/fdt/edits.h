/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The changes to a tree: an ordered list of splices into its structure
 * block, and the one function that applies them all at once.
 *
 * Edits are collected without touching the blob. Running out of arena is
 * remembered and reported by shim_splice(), so that the callers stay readable.
 * Names and values are borrowed: they must live until the splice.
 */
#ifndef DTSHIM_FDT_EDITS_H
#define DTSHIM_FDT_EDITS_H

#include "shim/base/range.h"
#include "shim/fdt/address.h"
#include "shim/fdt/tree.h"

struct shim_edit;
struct shim_new_name;
struct shim_new_reserve;

struct shim_edits {
    const struct shim_tree *tree;
    struct shim_arena *arena;
    struct shim_edit *first, *last;   /* in the order of their places */
    struct shim_edit *latest;         /* the one added last: the next one often goes next to it */
    struct shim_new_name *names;      /* strings to append, each once */
    struct shim_new_name **names_end;
    struct shim_new_reserve *reserves;
    struct shim_new_reserve **reserves_end;
    uint32_t strings_len;             /* of the output */
    uint32_t reserve_count;           /* of the output */
    bool drop_reserves;               /* the input's entries are left out */
    int64_t growth;                   /* of the structure block, bytes */
    bool full;                        /* the arena ran out */
};

/* A node to write to: one that exists, or a new one that is being written. */
struct shim_cursor {
    uint32_t node; /* SHIM_NONE: new */
    uint32_t at;   /* where a new node's bytes go */
};

void shim_edits_init(struct shim_edits *edits, const struct shim_tree *tree,
                     struct shim_arena *arena);

struct shim_cursor shim_cursor(uint32_t node);

/*
 * The child `name` of the parent, made when it does not exist. A new node's
 * properties are put before its children are opened, and each cursor is closed
 * before the next sibling is opened. New children of existing nodes go last,
 * or first with shim_open_first().
 */
struct shim_cursor shim_open(struct shim_edits *edits, struct shim_cursor parent,
                             const char *name);
struct shim_cursor shim_open_first(struct shim_edits *edits, struct shim_cursor parent,
                                   const char *name);
/* As shim_open(), but a child of that name is deleted: nothing of it stays. */
struct shim_cursor shim_open_new(struct shim_edits *edits, struct shim_cursor parent,
                                 const char *name);
void shim_close(struct shim_edits *edits, struct shim_cursor cursor);

/* Sets a property: replaces its value or adds it. An equal value is no edit. */
void shim_put(struct shim_edits *edits, struct shim_cursor to, const char *name,
              const void *value, size_t len);
void shim_put_string(struct shim_edits *edits, struct shim_cursor to, const char *name,
                     const char *value);
void shim_put_u32(struct shim_edits *edits, struct shim_cursor to, const char *name,
                  uint32_t value);
void shim_put_u64(struct shim_edits *edits, struct shim_cursor to, const char *name,
                  uint64_t value);
/* #address-cells and #size-cells. */
void shim_put_cells(struct shim_edits *edits, struct shim_cursor to, struct shim_cells cells);
/* Pairs of u64: base, size. */
void shim_put_ranges(struct shim_edits *edits, struct shim_cursor to, const char *name,
                     const struct shim_range *ranges, uint32_t count);
/* One `reg`-like entry in the given cells (1 or 2 each). */
void shim_put_reg(struct shim_edits *edits, struct shim_cursor to, const char *name,
                  struct shim_cells cells, const struct shim_range *ranges, uint32_t count);

/* Entries of ranges or dma-ranges, in the cells that `cells` says; its `rest` is not read. */
void shim_put_entries(struct shim_edits *edits, struct shim_cursor to, const char *name,
                      const struct shim_entries *cells, const struct shim_entry *entries,
                      uint32_t count);

void shim_delete_prop(struct shim_edits *edits, uint32_t node, enum shim_name name);
void shim_delete_named(struct shim_edits *edits, uint32_t node, const char *name);
/* With all changes to it so far; a later change in it is a contradiction. */
void shim_delete_node(struct shim_edits *edits, uint32_t node);
/* All that have this very name; a tree may have two. */
void shim_delete_children(struct shim_edits *edits, uint32_t parent, const char *name);
void shim_rename(struct shim_edits *edits, uint32_t node, const char *name);

/*
 * Moves a subtree after its sibling `after`, with the changes to it so far; a later change in it
 * is a contradiction.
 */
void shim_move_behind(struct shim_edits *edits, uint32_t node, uint32_t after);

/* Drops all entries of the memory reservation block. */
void shim_drop_reserves(struct shim_edits *edits);

/* Adds an entry to the memory reservation block. */
void shim_add_reserve(struct shim_edits *edits, struct shim_range range);

/* The exact size of the output with `slack` free bytes at its end. */
size_t shim_splice_size(const struct shim_edits *edits, uint32_t slack);

/*
 * Writes the edited tree to `out` (8-byte aligned, `room` bytes): reservation
 * block, structure block, strings (the original ones and each new name once),
 * slack. The input is read only; `*len` is set when all of it was written.
 *
 * Errors: SHIM_E_MEMORY, SHIM_E_BUFFER (with the size that is needed),
 * SHIM_E_TOO_LARGE, SHIM_E_INTERNAL (edits that contradict each other).
 */
enum shim_code shim_splice(const struct shim_edits *edits, uint32_t slack, void *out,
                           size_t room, size_t *len, struct shim_error *error);

#endif
