// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/boot_allocator.h"

#include "shim/base/mem.h"
#include "shim/model/pages.h"

bool shim_is_ram(const struct shim_xen_banks *ram, struct shim_range heap)
{
    uint64_t from = heap.base;

    for (uint32_t i = 0; i < ram->count && from < shim_range_end(heap); i++)
        if (ram->at[i].at.base <= from && shim_range_end(ram->at[i].at) > from)
            from = shim_range_end(ram->at[i].at);
    return from >= shim_range_end(heap);
}

/* Puts a piece behind place `i`; pieces that touch stay apart. */
static bool put_behind(struct shim_ranges *set, uint32_t i, struct shim_range piece)
{
    if (!piece.size)
        return true;
    if (set->count == set->capacity)
        return false;
    memmove(set->at + i + 2, set->at + i + 1, (set->count - i - 1) * sizeof(*set->at));
    set->at[i + 1] = piece;
    set->count++;
    return true;
}

static bool none_left(struct shim_boot_memory *memory)
{
    shim_stop(memory->stop, "boot-memory", SHIM_NONE,
              "no piece of free RAM is large enough for Xen's own tables",
              "leave Xen more RAM in one piece", "%s", "");
    memory->stop->silent = !*memory->stop->words;
    return false;
}

bool shim_boot_take(struct shim_boot_memory *memory, uint64_t bytes, uint64_t align,
                    uint64_t *base)
{
    struct shim_ranges *free = &memory->free;

    for (uint32_t i = free->count; i-- > 0;) {
        struct shim_range region = free->at[i];
        uint64_t end = shim_range_end(region);

        if (region.size < bytes)
            continue;
        *base = shim_align_down(end - bytes, align);
        if (*base < region.base)
            continue;
        free->at[i].size = *base - region.base;
        return put_behind(free, i, (struct shim_range){ *base + bytes, end - *base - bytes });
    }
    return none_left(memory);
}
