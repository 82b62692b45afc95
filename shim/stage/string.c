// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* mem* and str* where no C library is. The copies are what tens of MB go through. */
#include <stdint.h>

#include "shim/base/mem.h"

/* Single words: the compiler would turn larger copies into calls of memcpy(). */
typedef uint64_t __attribute__((may_alias)) word;

static int both_aligned(const void *a, const void *b)
{
    return (((uintptr_t)a | (uintptr_t)b) & 7) == 0;
}

void *memcpy(void *to, const void *from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if (both_aligned(to, from)) {
        for (; len >= 2 * sizeof(word); len -= 2 * sizeof(word)) {
            ((word *)(void *)t)[0] = ((const word *)(const void *)f)[0];
            ((word *)(void *)t)[1] = ((const word *)(const void *)f)[1];
            t += 2 * sizeof(word);
            f += 2 * sizeof(word);
        }
    }
    while (len--)
        *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if ((uintptr_t)t - (uintptr_t)f >= len)
        return memcpy(to, from, len);
    while (len--)
        t[len] = f[len];
    return to;
}

void *memset(void *to, int byte, size_t len)
{
    uint8_t *t = to;

    while (len--)
        *t++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a, *y = b;

    for (; len; len--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

void *memchr(const void *at, int byte, size_t len)
{
    const uint8_t *a = at;

    for (; len; len--, a++)
        if (*a == (uint8_t)byte)
            return (void *)(uintptr_t)a;
    return NULL;
}

size_t strlen(const char *string)
{
    const char *end = string;

    while (*end)
        end++;
    return (size_t)(end - string);
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t len)
{
    while (len && *a && *a == *b)
        a++, b++, len--;
    return len ? (uint8_t)*a - (uint8_t)*b : 0;
}
