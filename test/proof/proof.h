/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Put before a source, this tells apart the values of the few numbers that say where the
 * next read goes, so that the analyser follows each by itself. That is an identity: each
 * of these functions returns what it was given, and what it writes is what it read.
 */
#ifndef DTSHIM_PROOF_H
#define DTSHIM_PROOF_H

#include "shim/base/span.h"

#include "shim/fdt/fdt.h"

/* A word that is one of `least` to `most`, each by itself, or any other. */
static inline uint32_t proof_between(const void *at, uint32_t least, uint32_t most)
{
    uint32_t word = shim_be32(at);

    if (word < least)
        return word;
    for (uint32_t small = least; small <= most; small++)
        if (word == small) {
            shim_put_be32((void *)(uintptr_t)at, small);
            return small;
        }
    return word;
}

static inline uint32_t proof_token(const void *at)
{
    uint32_t word = shim_be32(at);

    for (uint32_t token = 0; token <= FDT_NOP; token++)
        if (word == token)
            return token;
    if (word < FDT_END || word > FDT_END)
        return word;
    return FDT_END;
}

static inline uint32_t proof_pad(uint32_t padded)
{
    for (uint32_t small = 0; small <= PROOF_BYTES; small += 4)
        if (padded == small)
            return small;
    return padded;
}

#undef FDT_PAD
#define FDT_PAD(len) proof_pad(((len) + 3) & ~3u)

#endif
