// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/switch.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"

static bool is_one(const char *packed, struct shim_span value)
{
    for (const char *at = packed; *at; at = shim_word(at, 1))
        if (strlen(at) == value.len && !memcmp(at, value.at, value.len))
            return true;
    return false;
}

/* "name=value", or "name"; what is behind the '='; at NULL: it is another word. */
static struct shim_span value_of(struct shim_span word, const char *name)
{
    size_t len = strlen(name);
    struct shim_span none = { 0 };

    if (word.len < len || memcmp(word.at, name, len) != 0 ||
        (word.len > len && word.at[len] != '='))
        return none;
    return word.len == len ? (struct shim_span){ word.at + len, 0 }
                           : (struct shim_span){ word.at + len + 1, word.len - len - 1 };
}

/* 1 or 0; -1: neither. A value that is empty is none. */
static int one_switch(struct shim_span word, const char *name)
{
    static const char yes[] = "1\0on\0yes\0true\0enable\0", no[] = "0\0no\0off\0false\0disable\0";
    bool negated = word.len > 3 && !memcmp(word.at, "no-", 3);
    struct shim_span value;

    if (negated)
        word = (struct shim_span){ word.at + 3, word.len - 3 };
    value = value_of(word, name);
    if (!value.at || (value.len && !is_one(yes, value) && !is_one(no, value)))
        return -1;
    return (!value.len || is_one(yes, value)) != negated;
}

int shim_line_switch(const char *line, const char *name)
{
    struct shim_span word = shim_first_word(line);
    int last = -1;

    for (; word.at; word = shim_first_word((const char *)word.at + word.len)) {
        int said = one_switch(word, name);

        last = said < 0 ? last : said;
    }
    return last;
}

static bool has_word(const char *line, const char *name)
{
    struct shim_span word = shim_first_word(line);

    while (word.at && !value_of(word, name).at)
        word = shim_first_word((const char *)word.at + word.len);
    return word.at != NULL;
}

bool shim_line_colors(const char *line)
{
    int said = shim_line_switch(line, "llc-coloring");

    return said > 0 || (said < 0 && has_word(line, "llc-size") && has_word(line, "llc-nr-ways"));
}
