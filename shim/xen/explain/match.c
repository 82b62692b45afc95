// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/explain/match.h"

#include "shim/base/mem.h"
#include "shim/base/number.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Quotes and brackets are around a word, commas and colons after it or in it. */
static bool is_in_word(char c)
{
    return c > ' ' && c != '`' && c != '\'' && c != '"' && c != '(' && c != ')';
}

/* ---- the gaps: what each takes, and where it ends; NULL: nothing fits ----------------------- */

static const char *take_number(const char *at, uint32_t *value, bool *known)
{
    uint64_t number = 0;
    const char *start = at;

    for (; is_digit(*at); at++)
        if (number <= UINT32_MAX)
            number = number * 10 + (uint64_t)(*at - '0');
    if (at == start || number > UINT32_MAX)
        return NULL;
    if (!*known)
        *value = (uint32_t)number;
    *known = true;
    return at;
}

static const char *take_address(const char *at, struct shim_taken *taken)
{
    uint64_t value = 0;
    const char *start;

    if (at[0] == '0' && at[1] == 'x')
        at += 2;
    for (start = at; shim_digit(*at) < 16; at++) {
        if (value >> 60)
            return NULL;
        value = value << 4 | shim_digit(*at);
    }
    if (at == start)
        return NULL;
    if (taken->addresses < SHIM_TAKEN_ADDRESSES)
        taken->address[taken->addresses++] = value;
    return at;
}

/* A full stop or colon that ends the sentence is not part of it. */
static const char *end_of_word(const char *at)
{
    const char *start = at;

    while (is_in_word(*at))
        at++;
    while (at > start && (at[-1] == ':' || at[-1] == '.' || at[-1] == ','))
        at--;
    return at;
}

static const char *take_node(const char *at, struct shim_taken *taken)
{
    const char *end = end_of_word(at);

    if (end == at)
        return NULL;
    if (!taken->node) {
        taken->node = at;
        taken->node_len = (uint32_t)(end - at);
    }
    return end;
}

static const char *take_word(const char *at)
{
    const char *end = end_of_word(at);

    return end == at ? NULL : end;
}

static const char *take_release(const char *at, struct shim_taken *taken)
{
    unsigned release;
    const char *end = is_digit(*at) ? shim_scan_release(at, &release) : NULL;

    if (!end)
        return NULL;
    taken->release = release;
    return end_of_word(end);
}

static const char *take_gap(char gap, const char *at, struct shim_taken *taken)
{
    switch (gap) {
    case 'i':
        return take_number(at, &taken->interrupt, &taken->has_interrupt);
    case 'u':
        return take_number(at, &taken->number, &taken->has_number);
    case 'a':
        return take_address(at, taken);
    case 'p':
        return take_node(at, taken);
    case 'v':
        return take_release(at, taken);
    case 'r':
        taken->rest = at;
        return at + strlen(at);
    default:
        return take_word(at);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

static bool matches_at(const char *pattern, const char *at, struct shim_taken *taken)
{
    *taken = (struct shim_taken){ .interrupt = 0 };
    while (*pattern) {
        if (*pattern == '%') {
            at = take_gap(pattern[1], at, taken);
            if (!at)
                return false;
            pattern += 2;
        } else if (*pattern == ' ') {
            if (*at != ' ')
                return false;
            at = skip_blanks(at);
            pattern++;
        } else if (*pattern++ != *at++) {
            return false;
        }
    }
    return true;
}

bool shim_message_in(const char *pattern, const char *words, struct shim_taken *taken)
{
    if (*pattern == '^')
        return matches_at(pattern + 1, words, taken);
    for (const char *at = words; *at; at++) {
        bool starts_word = at == words || !is_in_word(at[-1]);

        /* A gap in front is a whole word: in the middle of one nothing is looked for. */
        if ((*pattern == '%' ? starts_word : *pattern == *at) && matches_at(pattern, at, taken))
            return true;
    }
    return false;
}
