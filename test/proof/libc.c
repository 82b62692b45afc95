// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The C library's functions that the analyser only knows by contract. */
#include <stddef.h>

void *memchr(const void *at, int byte, size_t len)
{
    const unsigned char *bytes = at;

    for (size_t i = 0; i < len; i++)
        if (bytes[i] == (unsigned char)byte)
            return (void *)(bytes + i);
    return NULL;
}

/* Each byte is read once: what is learnt of it then holds for both uses. */
int strncmp(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char left = (unsigned char)a[i], right = (unsigned char)b[i];

        if (left != right || !right)
            return left - right;
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    for (;; a++, b++) {
        unsigned char left = (unsigned char)*a, right = (unsigned char)*b;

        if (left != right || !left || !right)
            return left - right;
    }
}

size_t strlen(const char *string)
{
    size_t len = 0;

    while (string[len])
        len++;
    return len;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const unsigned char *left = a, *right = b;

    for (size_t i = 0; i < len; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}
