// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "array.h"

#include <stdio.h>

#include "json_string.h"

static bool begun;

static void put_string(const char *before, const char *string)
{
    fputs(before, stdout);
    json_string(string);
}

void array_begin(void)
{
    begun = true;
}

bool array_is_open(void)
{
    return begun;
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
