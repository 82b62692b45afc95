// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * iommu= and no-iommu on Xen's command line (parse_params() of common/kernel.c and
 * parse_iommu_param() of drivers/passthrough/iommu.c, the same from 4.17 to 4.22).
 */
#include "shim/base/mem.h"
#include "shim/model/match.h"
#include "shim/model/smmu.h"

enum { WORD_MOST = 127 }; /* characters of a word that Xen looks at: MAX_PARAM_SIZE */

/* The parts of a value that say yes or no, each over those before it. */
static void read_parts(struct shim_span value, bool *on)
{
    while (value.len) {
        const uint8_t *comma = memchr(value.at, ',', value.len);
        size_t len = comma ? (size_t)(comma - value.at) : value.len;

        shim_xen_yes_no((struct shim_span){ .at = value.at, .len = len }, on);
        len += comma != NULL;
        value.at += len;
        value.len -= len;
    }
}

static bool is_word(struct shim_span word, const char *text)
{
    return word.len == strlen(text) && !memcmp(word.at, text, word.len);
}

/* Behind no- a value may be there, but empty; another one is an error, and changes nothing. */
static void read_word(struct shim_span word, bool *on)
{
    static const char option[] = "iommu=";
    size_t len = sizeof(option) - 1;

    if (word.len > WORD_MOST)
        word.len = WORD_MOST;
    if (is_word(word, "no-iommu") || is_word(word, "no-iommu="))
        *on = false;
    else if (word.len > len && !memcmp(word.at, option, len))
        read_parts((struct shim_span){ .at = word.at + len, .len = word.len - len }, on);
}

bool shim_xen_wants_iommus(const char *line)
{
    struct shim_span word = shim_first_word(line);
    bool on = true;

    for (; word.at; word = shim_first_word((const char *)word.at + word.len))
        read_word(word, &on);
    return on;
}
