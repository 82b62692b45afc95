// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* mem* and str* where no C library is, for memory of any kind: no access is unaligned. */
#include <stdint.h>

#include "shim/base/mem.h"

/* As a device tree has them. Larger copies the compiler would turn into calls of memcpy(). */
typedef uint32_t __attribute__((may_alias)) word;
enum { PAIR = 2 * sizeof(word), FOUR = 4 * sizeof(word) };

void *memcpy(void *to, const void *from, size_t len)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if ((((uintptr_t)t | (uintptr_t)f) & (sizeof(word) - 1)) == 0)
        for (; len >= PAIR; len -= PAIR, t += PAIR, f += PAIR) {
            word first = ((const word *)(const void *)f)[0], second = ((const word *)(const void *)f)[1];

            ((word *)(void *)t)[0] = first;
            ((word *)(void *)t)[1] = second;
        }
    for (; len; len--)
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
    const word all = (uint8_t)byte * (~(word)0 / 0xff);
    uint8_t *t = to;

    for (; len && ((uintptr_t)t & (sizeof(word) - 1)); len--)
        *t++ = (uint8_t)byte;
    for (; len >= FOUR; len -= FOUR, t += FOUR)
        for (unsigned i = 0; i < 4; i++)
            ((word *)(void *)t)[i] = all;
    for (; len; len--)
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

    while (*end++)
        ;
    return (size_t)(end - string) - 1;
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
