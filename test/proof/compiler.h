/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the analyser does not know of the compiler; put before every source (cpp -include). */
#ifndef DTSHIM_PROOF_COMPILER_H
#define DTSHIM_PROOF_COMPILER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* These from libc.c: the analyser's contracts of them ask for more than they need. */
#define memchr proof_memchr
#define memcmp proof_memcmp
#define strcmp proof_strcmp
#define strlen proof_strlen
#define strncmp proof_strncmp

#include "shim/base/mem.h"

static inline uint32_t proof_swap(uint32_t raw)
{
    return raw << 24 | (raw << 8 & 0xff0000) | (raw >> 8 & 0xff00) | raw >> 24;
}

#define __builtin_bswap32(raw) proof_swap(raw)
#define __builtin_assume_aligned(at, alignment) (at)
#define __builtin_memcpy(to, from, len) memcpy(to, from, len)

#endif
