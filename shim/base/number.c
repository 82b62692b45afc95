// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/number.h"

#include <stddef.h>

unsigned shim_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (unsigned)((c | 32) - 'a') + 10;
    return 255;
}

/* Shift of a binary unit; 0 for what is none. */
static unsigned unit_shift(char unit)
{
    static const char units[] = "KMGT";

    for (unsigned i = 0; units[i]; i++)
        if (unit == units[i] || unit == (units[i] | 32))
            return 10 * (i + 1);
    return 0;
}

const char *shim_scan_number(const char *text, char stop, uint64_t *value)
{
    unsigned base = text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10;
    const char *at = base == 16 ? text + 2 : text;
    const char *first = at;
    unsigned shift;

    *value = 0;
    for (; shim_digit(*at) < base; at++)
        if (__builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, shim_digit(*at), value))
            return NULL;
    shift = unit_shift(*at);
    if (at == first || *value > UINT64_MAX >> shift)
        return NULL;
    *value <<= shift;
    at += shift != 0;
    return !*at || *at == stop ? at : NULL;
}

/* One or two decimal digits, and what is behind them; NULL: none, or more. */
static const char *scan_part(const char *text, unsigned *part)
{
    const char *at = text;

    for (*part = 0; shim_digit(*at) < 10; at++) {
        if (at - text == 2)
            return NULL;
        *part = 10 * *part + shim_digit(*at);
    }
    return at == text ? NULL : at;
}

const char *shim_scan_release(const char *text, unsigned *release)
{
    unsigned major, minor;
    const char *at = scan_part(text, &major);

    at = at && *at == '.' ? scan_part(at + 1, &minor) : NULL;
    if (at)
        *release = 100 * major + minor;
    return at;
}

bool shim_read_number(const char *text, uint64_t *value)
{
    const char *end = shim_scan_number(text, '\0', value);

    return end && !*end;
}
