/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the stage asks of its architecture. */
#ifndef DTSHIM_STAGE_CPU_H
#define DTSHIM_STAGE_CPU_H

#include <stddef.h>

#include "arch.h"
#include "shim/base/range.h"

/* The identity map, made of tables that are taken from a fixed pool. */
struct map {
    uint64_t *root;
    uint8_t *next;  /* free tables */
    uint8_t *limit;
    bool full;      /* a range could not be mapped for want of tables */
};

/* Nothing is both written and executed. */
enum map_as {
    MAP_NORMAL,   /* read and written */
    MAP_DEVICE,   /* the same, not memory */
    MAP_CONSTANT, /* read */
    MAP_CODE,     /* read and executed */
    MAP_NOTHING,  /* any access is an exception, now and later */
};

/* `pool` is 4 KiB aligned and not mapped through anything yet. */
void map_init(struct map *map, uint8_t *pool, uint64_t size);

/*
 * Maps whole pages that meet the range; what was mapped before stays as it is. Of a range
 * beyond arch_address_end() none is.
 */
void map_add(struct map *map, struct shim_range range, enum map_as as);

/* What was written is in memory before what is written next. */
void cpu_order_writes(void);

/* ---- the image's own pages, as stage.ld lays them out ---- */

/* Code to execute, constants to read, the rest to write; and below the stack nothing. */
void image_map(struct map *map);

/* Cleans and invalidates them, the stack last. */
void image_clean(void);

/* Is this the page below the stack? */
bool image_is_guard(uint64_t address);

/* For memory that was written with caches off: no line from before may be seen. */
void cpu_invalidate(struct shim_range range);

/* Turns MMU and caches on; what was written with both off is invalidated before. */
void cpu_caches_on(const struct map *map);

/* The exception level. */
uint64_t cpu_level(void);

/* At the hypervisor's level. */
bool cpu_mmu_is_on(void);

/* Until somebody lets them in again. */
void cpu_mask_interrupts(void);

/* Makes earlier map_add() calls visible while the MMU is on. */
void cpu_map_changed(void);

/* Bits of a physical address, and so of what stage 2 can translate (PARange). */
uint32_t cpu_address_bits(void);

/* Cleans and invalidates to the point of coherency. */
void cpu_clean(struct shim_range range);

/* memcpy() for tens of MB: at the hypervisor's level, with the MMU on. */
void cpu_copy(void *to, const void *from, size_t len);

/* shim_next_name() of shim/xen/image.h; on the same terms. */
const uint8_t *cpu_next_name(const uint8_t *at, const uint8_t *past);

/* Nothing more is done, until a reset. */
_Noreturn void cpu_stop(void);

/* Caches and MMU off, and gone: the entry gets the tree. */
_Noreturn void stage_leave(uint64_t entry, uint64_t tree);

#endif
