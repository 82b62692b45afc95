// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* dom0_mem=: parse_dom0_mem(), parse_size_and_unit(), simple_strtoull(). */
#include "shim/model/dom0_banks.h"

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (unsigned)((c | 32) - 'a') + 10;
    return 255;
}

/* A number in C's ways; it wraps as it may. `*at` moves behind it. */
static uint64_t number(const char **at, const char *end)
{
    uint64_t value = 0;
    unsigned base = 10;

    if (*at < end && **at == '0') {
        bool hex = end - *at > 2 && ((*at)[1] | 32) == 'x' && digit_of((*at)[2]) < 16;

        base = hex ? 16 : 8;
        *at += hex ? 2 : 0;
    }
    for (; *at < end && digit_of(**at) < base; (*at)++)
        value = value * base + digit_of(**at);
    return value;
}

/* The shift of a unit; without one it is KiB. */
static unsigned shift_of(char unit)
{
    static const char units[] = "bkmgt";

    if (unit == '%')
        return 0;
    for (unsigned i = 0; units[i]; i++)
        if ((unit | 32) == units[i])
            return 10 * i;
    return 10;
}

uint64_t shim_dom0_size(const struct shim_sight *sight)
{
    struct shim_span word = shim_sight_word(sight, "dom0_mem");
    const char *at = (const char *)word.at, *end = at ? at + word.len : NULL;
    uint64_t value;

    if (!at)
        return 512 * SHIM_MIB;
    value = number(&at, end);
    value <<= shift_of(at < end ? *at : '\0');
    return value ? value : 512 * SHIM_MIB;
}
