// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "memory.h"

#include <stdlib.h>

#include "cli.h"

static void *kept[16 + 2 * OVERLAYS_MAX]; /* an overlay, and what it was merged into */

unsigned kept_count(void)
{
    unsigned i = 0;

    while (i < sizeof(kept) / sizeof(kept[0]) && kept[i])
        i++;
    return i;
}

void release_since(unsigned count)
{
    for (unsigned i = count; i < sizeof(kept) / sizeof(kept[0]); i++) {
        free(kept[i]);
        kept[i] = NULL;
    }
}

static void release_kept(void)
{
    release_since(0);
}

void *keep(void *memory)
{
    unsigned i = kept_count();

    if (i == 0 && memory)
        atexit(release_kept);
    if (memory && i < sizeof(kept) / sizeof(kept[0]))
        kept[i] = memory;
    return memory;
}

struct shim_arena arena_of(size_t size)
{
    void *memory = keep(malloc(size));

    return shim_arena(memory, memory ? size : 0);
}

/*
 * What is written may be many times as large as what came: each part of on-chip memory gets a type.
 * So that it is judged as a whole there is room for dom0's tree of the largest that Xen takes,
 * 2 MiB, and for what is read of it. What is not used costs a host nothing.
 */
enum { FORECAST_BYTES = 16 << 20 };

struct shim_arena arena_for(size_t len)
{
    return arena_of(shim_memory_for(len) + FORECAST_BYTES);
}
