// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "json_string.h"

#include <stdio.h>

/* The bytes of a UTF-8 character behind its first one; -1 for what cannot be one. */
static int continuation(const unsigned char *at)
{
    if (at[0] < 0x80)
        return 0;
    if (at[0] < 0xc2 || at[0] > 0xf4 || (at[0] == 0xe0 && at[1] < 0xa0) ||
        (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] > 0x8f))
        return -1;
    return at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
}

/* The bytes of the whole character; 0 when it is none: file names may be anything. */
static int character(const unsigned char *at)
{
    int more = continuation(at);

    for (int i = 1; i <= more; i++)
        if (at[i] >> 6 != 2)
            return 0;
    return more + 1;
}

static void put_character(const unsigned char *at, int len)
{
    if (!len)
        fputs("\\ufffd", stdout);
    else if (*at == '"' || *at == '\\')
        printf("\\%c", *at);
    else if (*at < 0x20 || *at == 0x7f)
        printf("\\u%04x", *at);
    else
        printf("%.*s", len, (const char *)at);
}

void json_string(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;

    putchar('"');
    while (*at) {
        int len = character(at);

        put_character(at, len);
        at += len ? len : 1;
    }
    putchar('"');
}
