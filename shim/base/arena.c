// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <dtshim/arena.h>

#include "shim/base/span.h"

enum { ALIGNMENT = 8 };

struct shim_arena shim_arena(void *memory, size_t len)
{
    uint8_t *start = memory;
    size_t skip = (size_t)-(uintptr_t)start & (ALIGNMENT - 1);

    if (skip > len)
        skip = len;
    return (struct shim_arena){ .next = start + skip, .limit = start + len };
}

size_t shim_arena_left(const struct shim_arena *arena)
{
    return (size_t)(arena->limit - arena->next);
}

void *shim_alloc(struct shim_arena *arena, size_t count, size_t size)
{
    size_t left = shim_arena_left(arena);
    void *at = arena->next;
    size_t bytes;

    bytes = size && count > left / size ? SIZE_MAX : shim_align_up(count * size, ALIGNMENT);
    if (bytes > left) {
        arena->full = true;
        return NULL;
    }
    arena->next += bytes;
    return at;
}

size_t shim_memory_for(size_t blob_size)
{
    /*
     * Two indexes (input and output), the edits and the words of a plan; the output and the
     * tree that is made of it, and all pieces of as much RAM as a hypervisor can have.
     */
    return 34 * blob_size + ((size_t)2 << 20);
}
