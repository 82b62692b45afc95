// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/untold.h"

#include "shim/model/words.h"

/* Beside these are words that the model follows, and such as change nothing that it says. */
static const struct untold {
    char word[24];
    uint8_t since; /* the minor number of the first release that knows it; 0: all do */
    bool memory;   /* dom0 may get other memory */
    bool off;      /* it counts if its value is no, else if it is not */
    bool only_32;  /* 32-bit Xen alone reads it */
    bool coloring; /* one without CONFIG_LLC_COLORING passes over it */
    uint8_t above; /* it counts if it is a number above this */
} words[] = {
    { .word = "acpi", .memory = true },
    { .word = "badpage", .memory = true },
    { .word = "dma_bits", .memory = true },
    { .word = "xenheap_megabytes", .memory = true, .only_32 = true },
    { .word = "llc-coloring", .since = 20, .memory = true, .coloring = true }, /* 6cdea3444e */
    { .word = "pdx-compress", .since = 21, .memory = true, .off = true }, /* 31d9c88a38 */
    { .word = "no-pdx-compress", .since = 21, .memory = true },
    { .word = "pci-passthrough" },
    { .word = "gnttab_max_frames", .above = 64 }, /* as many as Xen's code has pages, at most */
    { .word = "scmi-smc-passthrough", .since = 21 },                    /* 10e7473d60 */
};

enum { COUNT = sizeof(words) / sizeof(words[0]) };

static bool is_above(struct shim_span value, uint64_t least)
{
    const char *at = (const char *)value.at;

    return !least || shim_word_number(&at, at + value.len) > least;
}

static bool counts(const struct shim_sight *sight, const struct untold *untold)
{
    struct shim_span value = shim_sight_word(sight, untold->word);

    return value.at && sight->boot->release->minor >= untold->since &&
           shim_word_is_no(value) == untold->off &&
           is_above(value, untold->above) &&
           (!untold->only_32 || sight->boot->arch == SHIM_XEN_ARM32) &&
           !(untold->coloring && sight->boot->no_coloring);
}

static const struct untold *next(const struct shim_sight *sight, uint32_t i, bool memory)
{
    for (uint32_t row = 0; row < COUNT; row++)
        if ((words[row].memory || !memory) && counts(sight, &words[row]) && !i--)
            return &words[row];
    return NULL;
}

const char *shim_sight_untold(const struct shim_sight *sight, uint32_t i)
{
    const struct untold *found = next(sight, i, false);

    return found ? found->word : NULL;
}

const char *shim_sight_moves_memory(const struct shim_sight *sight)
{
    const struct untold *found = next(sight, 0, true);

    return found ? found->word : NULL;
}
