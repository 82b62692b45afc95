/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The caller's memory. The library has no heap: every index, plan and edit
 * lives in one arena that the caller owns, sizes and throws away as a whole.
 */
#ifndef DTSHIM_ARENA_H
#define DTSHIM_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shim_arena {
    uint8_t *next;  /* first free byte, kept 8-byte aligned */
    uint8_t *limit; /* one past the last byte */
    bool full;      /* something did not fit */
};

/* Makes an arena of `len` bytes at `memory`; the caller keeps ownership. */
struct shim_arena shim_arena(void *memory, size_t len);

/*
 * Allocates `count` objects of `size` bytes, 8-byte aligned, not cleared. Returns NULL when
 * the arena is too small; nothing is allocated then, and the arena is marked as full.
 */
void *shim_alloc(struct shim_arena *arena, size_t count, size_t size);

/* Bytes that are still free. */
size_t shim_arena_left(const struct shim_arena *arena);

/*
 * An amount of memory that is enough to check, plan and edit any tree of
 * `blob_size` bytes. It follows from the smallest encoding, the 8 bytes with which a node
 * begins: a check first allocates index entries of both kinds, 52 bytes, for every 8.
 */
size_t shim_memory_for(size_t blob_size);

#ifdef __cplusplus
}
#endif

#endif
