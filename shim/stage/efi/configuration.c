// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Xen's own configuration file (docs/misc/efi.pandoc; common/efi/boot.c, pre_parse() and
 * get_value(), 4.17 to 4.20): sections, of which default= in [global] names the one that counts.
 * Without it a line counts wherever it stands.
 */
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "wishes.h"

struct text {
    char *at, *past;
};

/* Each line a string of its own, without what is behind a #; false: this is no text. */
static bool split(struct text text)
{
    bool comment = false;

    for (char *at = text.at; at < text.past; at++) {
        if (!*at)
            return false;
        comment = *at != '\n' && *at != '\r' && (comment || *at == '#');
        if (comment || *at == '\n' || *at == '\r')
            *at = '\0';
    }
    return true;
}

static char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return (char *)at;
}

/* Without blanks at its start; NULL behind the last. */
static char *next_line(struct text *text)
{
    char *line = text->at;

    if (line >= text->past)
        return NULL;
    text->at += strlen(line) + 1;
    return skip_blanks(line);
}

static bool opens(const char *line, const char *section)
{
    size_t len = strlen(section);

    return *line == '[' && !strncmp(line + 1, section, len) && line[1 + len] == ']';
}

/* The section NULL is all of the file; of two of one name the first counts. */
static const char *find(struct text text, const char *section, const char *name)
{
    bool inside = !section;
    size_t len = strlen(name);

    for (char *line; (line = next_line(&text)) != NULL;) {
        if (section && *line == '[') {
            if (inside)
                return NULL;
            inside = opens(line, section);
        } else if (inside && !strncmp(line, name, len)) {
            return skip_blanks(line + len);
        }
    }
    return NULL;
}

static bool has_section(struct text text, const char *section)
{
    for (char *line; (line = next_line(&text)) != NULL;)
        if (opens(line, section))
            return true;
    return false;
}

/* "NAME LINE": the line is behind the first blank, if there is one. */
static const char *cut_line(const char *value)
{
    char *at = (char *)value;

    while (at && *at && *at != ' ' && *at != '\t')
        at++;
    if (!at || !*at)
        return NULL;
    *at++ = '\0';
    return skip_blanks(at);
}

/* Packed, in the order of the wishes; cfg= is none here, and dom0's line stands behind its kernel. */
static const char names[] = "xen=\0kernel=\0ramdisk=\0xsm=\0dtb=\0cfg=\0options=\0";

static void take(struct wishes *wishes, enum wish wish, const char *value)
{
    if (!wishes->of[wish] && value && *value)
        wishes->of[wish] = value;
}

const char *wishes_of_configuration(struct wishes *wishes, char *bytes, size_t len)
{
    struct text text = { bytes, bytes + len };
    const char *section, *value;

    if (!split(text))
        return "it is not text";
    section = find(text, "global", "default=");
    if (section && !has_section(text, section))
        return "default= in [global] gives a section that does not exist";
    value = find(text, section, "kernel=");
    if (!value || !*value)
        return "it has no kernel=";
    take(wishes, WISH_DOM0_LINE, cut_line(value));
    cut_line(find(text, section, "ramdisk="));
    for (unsigned wish = 0; wish < WISH_DOM0_LINE; wish++)
        if (wish != WISH_CONFIGURATION)
            take(wishes, (enum wish)wish, find(text, section, shim_word(names, wish)));
    return NULL;
}
