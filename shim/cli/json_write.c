// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "json_write.h"

#include <stdio.h>

#include "json_string.h"

static unsigned depth; /* of open brackets */
static bool begun;     /* the innermost one has something in it */

static void put_name(const char *name)
{
    if (begun)
        putchar(',');
    if (depth)
        printf("\n%*s", 2 * (int)depth, "");
    if (name)
        printf("\"%s\": ", name);
    begun = true;
}

void json_open(const char *name, char bracket)
{
    put_name(name);
    putchar(bracket);
    depth++;
    begun = false;
}

void json_close(char bracket)
{
    depth--;
    if (begun)
        printf("\n%*s", 2 * (int)depth, "");
    putchar(bracket);
    begun = depth > 0;
}

void json_words(const char *name, const char *words)
{
    put_name(name);
    if (words)
        json_string(words);
    else
        fputs("null", stdout);
}

void json_bool(const char *name, bool value)
{
    put_name(name);
    fputs(value ? "true" : "false", stdout);
}

void json_number(const char *name, unsigned value)
{
    put_name(name);
    printf("%u", value);
}

void json_hex(const char *name, unsigned long long value)
{
    put_name(name);
    printf("\"0x%llx\"", value);
}

void json_null(const char *name)
{
    put_name(name);
    fputs("null", stdout);
}

void json_range(const char *name, struct shim_range range)
{
    put_name(name);
    if (range.size)
        printf("{\"base\": \"0x%llx\", \"size\": \"0x%llx\"}", (unsigned long long)range.base,
               (unsigned long long)range.size);
    else
        fputs("null", stdout);
}
