// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* dom0_mem=: parse_dom0_mem(), parse_size_and_unit(). */
#include "shim/model/dom0_banks.h"
#include "shim/model/words.h"

/* The shift of the unit at `at`, which moves behind it; without one it is KiB. */
static unsigned take_unit(const char **at, const char *end)
{
    static const char units[] = "bkmgt";
    char unit = '\0';

    if (*at < end)
        unit = **at;
    if (unit == '%') {
        (*at)++;
        return 0;
    }
    for (unsigned i = 0; units[i]; i++)
        if ((unit | 32) == units[i]) {
            (*at)++;
            return 10 * i;
        }
    return 10;
}

uint64_t shim_dom0_mem(struct shim_span value, uint32_t *read)
{
    const char *at = (const char *)value.at, *end = at + value.len;
    uint64_t size = shim_word_number(&at, end);

    size <<= take_unit(&at, end);
    *read = (uint32_t)(at - (const char *)value.at);
    return size;
}

uint64_t shim_dom0_size(const struct shim_sight *sight)
{
    struct shim_span word = shim_sight_word(sight, "dom0_mem");
    uint32_t read;
    uint64_t size = word.at ? shim_dom0_mem(word, &read) : 0;

    return size ? size : 512 * SHIM_MIB;
}
