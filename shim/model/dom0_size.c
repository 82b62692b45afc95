// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* dom0_mem=: parse_dom0_mem(), parse_size_and_unit(). */
#include "shim/model/dom0_banks.h"
#include "shim/model/words.h"

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
    value = shim_word_number(&at, end);
    value <<= shift_of(at < end ? *at : '\0');
    return value ? value : 512 * SHIM_MIB;
}
