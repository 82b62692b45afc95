/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Bytes with their bounds, and the big-endian reads that a device tree needs. */
#ifndef DTSHIM_BASE_SPAN_H
#define DTSHIM_BASE_SPAN_H

#include <stdbool.h>

#include <dtshim/span.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "dtshim runs on little-endian machines only"
#endif

/* A big-endian 32-bit word at a 4-byte aligned address (FDT 0.4, section 5.1). */
static inline uint32_t shim_be32(const void *at)
{
    uint32_t raw;

    __builtin_memcpy(&raw, __builtin_assume_aligned(at, 4), sizeof(raw));
    return __builtin_bswap32(raw);
}

/* Two consecutive cells, most significant first. */
static inline uint64_t shim_be64(const void *at)
{
    const uint8_t *cell = at;

    return (uint64_t)shim_be32(cell) << 32 | shim_be32(cell + 4);
}

static inline void shim_put_be32(void *at, uint32_t value)
{
    uint32_t raw = __builtin_bswap32(value);

    __builtin_memcpy(__builtin_assume_aligned(at, 4), &raw, sizeof(raw));
}

static inline void shim_put_be64(void *at, uint64_t value)
{
    uint8_t *cell = at;

    shim_put_be32(cell, (uint32_t)(value >> 32));
    shim_put_be32(cell + 4, (uint32_t)value);
}

/* Rounds up to a power of two; the result wraps to 0 at the end of the space. */
static inline uint64_t shim_align_up(uint64_t value, uint64_t power)
{
    return (value + power - 1) & ~(power - 1);
}

static inline uint64_t shim_align_down(uint64_t value, uint64_t power)
{
    return value & ~(power - 1);
}

#endif
