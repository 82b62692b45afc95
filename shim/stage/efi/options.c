// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The load options: xen=NAME kernel=NAME dom0="LINE" XEN'S LINE. Where a word is none of dtshim's
 * own, or "--", Xen's command line begins. A shell puts the program's name before it all; GRUB's
 * xen_hypervisor puts the quotes around the whole word.
 */
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "wishes.h"

static bool is_blank(char letter)
{
    return letter == ' ' || letter == '\t';
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* Behind the word; blanks inside quotes are of it. */
static char *word_end(char *at)
{
    bool quoted = false;

    for (; *at && (quoted || !is_blank(*at)); at++)
        quoted ^= *at == '"';
    return at;
}

/* Cuts the word off; returns the next one, at the end "". */
static char *cut_word(char *word)
{
    char *end = word_end(word);

    if (!*end)
        return end;
    *end = '\0';
    return skip_blanks(end + 1);
}

static char *without_quotes(char *value)
{
    size_t len = strlen(value);

    if (len < 2 || value[0] != '"' || value[len - 1] != '"')
        return value;
    value[len - 1] = '\0';
    return value + 1;
}

/* Packed, and which wish each is. */
static const char own_words[] = "xen=\0kernel=\0ramdisk=\0dtb=\0cfg=\0-cfg=\0dom0=\0";
static const uint8_t wish_of[] = { WISH_XEN, WISH_KERNEL, WISH_RAMDISK, WISH_TREE, WISH_CONFIGURATION,
                                   WISH_CONFIGURATION, WISH_DOM0_LINE };

/* What is behind the word, or NULL where it is none of them. */
static char *take_word(struct wishes *wishes, char *word)
{
    for (unsigned i = 0; i < sizeof(wish_of); i++) {
        const char *own = shim_word(own_words, i);
        size_t len = strlen(own);
        char *next;

        if (strncmp(word + (*word == '"'), own, len) != 0)
            continue;
        next = cut_word(word);
        wishes->of[wish_of[i]] = without_quotes(without_quotes(word) + len);
        return next;
    }
    return NULL;
}

static char *skip_program(char *line)
{
    static const char programs[] = "*.efi\0*.EFI\0*.img\0*.IMG\0*.efi\"\0*.EFI\"\0*.img\"\0";
    char *end = word_end(line), behind = *end;
    bool program;

    *end = '\0';
    program = shim_matches_one(programs, line) && !memchr(line, '=', (size_t)(end - line));
    *end = behind;
    return program ? skip_blanks(end) : line;
}

void wishes_of_options(struct wishes *wishes, char *line)
{
    char *next;

    line = skip_program(skip_blanks(line));
    while ((next = take_word(wishes, line)) != NULL)
        line = next;
    if (line[0] == '-' && line[1] == '-' && (!line[2] || is_blank(line[2])))
        line = skip_blanks(line + 2);
    if (*line)
        wishes->of[WISH_XEN_LINE] = line;
}
