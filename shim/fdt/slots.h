/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Hash tables of numbers, SHIM_NONE where a slot is empty. Their users know what a number means,
 * and whether it is the one that is wanted. They are at most half full.
 *
 * for (slot = hash; (number = slots.at[slot & slots.mask]) != SHIM_NONE; slot++)
 */
#ifndef DTSHIM_FDT_SLOTS_H
#define DTSHIM_FDT_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include <dtshim/arena.h>

struct shim_slots {
    uint32_t *at;  /* NULL: there is no table */
    uint32_t mask; /* their number less one */
};

/* Empty slots for `count` numbers; `at` is NULL where the arena is too small. */
struct shim_slots shim_slots(struct shim_arena *arena, uint32_t count);

/* Of a name of `len` characters that belongs to `owner`. */
uint32_t shim_slot_hash(uint32_t owner, const char *name, size_t len);

/* After those with the same hash: a walk finds the first one first. */
void shim_slot_put(const struct shim_slots *slots, uint32_t hash, uint32_t number);

#endif
