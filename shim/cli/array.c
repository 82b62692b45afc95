// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The elements of what plan --json prints for several files. */
#include <stdio.h>

#include "cli.h"

static bool begun;

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

static void put_string(const char *before, const char *string)
{
    fputs(before, stdout);
    json_string(string);
}

void array_begin(void)
{
    begun = true;
}

void array_next(bool first)
{
    if (begun)
        fputs(first ? "[\n" : ",\n", stdout);
}

void array_end(void)
{
    if (begun)
        fputs("\n]\n", stdout);
}

void array_plan(const struct options *options, const char *file, const struct shim_job *job)
{
    put_string("{\"file\": ", file);
    fputs(", \"plan\": ", stdout);
    json_plan(options, job);
    putchar('}');
}

void array_error(const char *file, const char *code, const struct shim_error *error)
{
    if (!begun)
        return;
    put_string("{\"file\": ", file);
    put_string(", \"error\": {\"code\": ", code);
    put_string(", \"where\": ", error->where);
    if (error->property)
        put_string(", \"property\": ", error->property);
    else
        fputs(", \"property\": null", stdout);
    put_string(", \"what\": ", error->what);
    put_string(", \"remedy\": ", error->remedy);
    fputs("}}", stdout);
}
