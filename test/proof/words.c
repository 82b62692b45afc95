// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * In place of text.c and error.c, which have a target of their own: errors without
 * their words. What the words would read is left out here.
 */
#include <dtshim/error.h>

#include "shim/base/text.h"

struct shim_text shim_text(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct shim_text){ .at = buffer, .limit = buffer + size - 1 };
}

void shim_text_string(struct shim_text *text, const char *string)
{
    (void)text;
    (void)string;
}

void shim_text_format(struct shim_text *text, const char *format, va_list args)
{
    (void)text;
    (void)format;
    (void)args;
}

void shim_textf(struct shim_text *text, const char *format, ...)
{
    (void)text;
    (void)format;
}

enum shim_code shim_fail(struct shim_error *error, enum shim_code code,
                         const char *where, const char *property,
                         const char *remedy, const char *what, ...)
{
    (void)where;
    (void)what;
    error->code = code;
    error->property = property;
    error->remedy = remedy;
    return code;
}

/* Only shim_compatible_one() calls it, which no target here does. */
bool shim_matches_one(const char *packed, const char *string)
{
    return *packed == *string;
}
