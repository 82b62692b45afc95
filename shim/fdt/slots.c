// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/slots.h"

#include "shim/base/mem.h"
#include "shim/fdt/tree.h"

struct shim_slots shim_slots(struct shim_arena *arena, uint32_t count)
{
    struct shim_slots slots;
    uint32_t room = 2;

    /* A number is for eight bytes of a tree, and there are fewer than 2^28 of those. */
    while (room < 2 * count)
        room *= 2;
    slots = (struct shim_slots){ shim_alloc(arena, room, sizeof(*slots.at)), room - 1 };
    if (slots.at)
        memset(slots.at, 0xff, room * sizeof(*slots.at));
    return slots;
}

uint32_t shim_slot_hash(uint32_t owner, const char *name, size_t len)
{
    uint32_t hash = (2166136261u ^ owner) * 16777619u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash ^ hash >> 15;
}

void shim_slot_put(const struct shim_slots *slots, uint32_t hash, uint32_t number)
{
    while (slots->at[hash & slots->mask] != SHIM_NONE)
        hash++;
    slots->at[hash & slots->mask] = number;
}
