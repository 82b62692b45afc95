// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/explain/lines.h"

#include "shim/base/mem.h"

/* No message is longer: a longer line is read in pieces. */
enum { LINE_MAX = 1024 };

static const char xens[] = "(XEN)";
enum { XENS = sizeof(xens) - 1 };

bool shim_log_open(struct shim_log_lines *lines, const char *log, size_t len,
                   struct shim_arena *arena)
{
    /* A line takes its characters and one for its end, and each but the last has an end of its own,
       or is LINE_MAX long. */
    char *out = shim_alloc(arena, len + len / LINE_MAX + 2, 1);

    *lines = (struct shim_log_lines){ .in = log, .limit = log + (out ? len : 0), .out = out };
    return out != NULL;
}

/* ---- escapes ------------------------------------------------------------------------------ */

static bool is_between(char c, char first, char last)
{
    return c >= first && c <= last;
}

/* Up to `last` are the middle characters of a sequence, from `final` on what ends it. */
static const char *skip_within(const char *at, const char *limit, char last, char final)
{
    while (at < limit && is_between(*at, ' ', last))
        at++;
    return at < limit && is_between(*at, final, '~') ? at + 1 : at;
}

/* After an escape character; what is not a sequence ends at once. */
static const char *skip_escape(const char *at, const char *limit)
{
    if (at < limit && *at == ']') { /* a title: up to BEL or the next escape */
        while (at < limit && *at != '\a' && *at != '\033' && *at != '\n')
            at++;
        return at < limit && *at == '\a' ? at + 1 : at;
    }
    return at < limit && *at == '[' ? skip_within(at + 1, limit, '?', '@')
                                    : skip_within(at, limit, '/', '0');
}

static bool ends_line(char c)
{
    return c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Copies what can be seen; NUL is left out, for half of what Windows writes is that. */
static char *copy_line(struct shim_log_lines *lines)
{
    char *start = lines->out, *at = start;

    while (lines->in < lines->limit && !ends_line(*lines->in) && at - start < LINE_MAX) {
        char c = *lines->in++;

        if (c == '\t')
            c = ' ';
        if (c == '\033')
            lines->in = skip_escape(lines->in, lines->limit);
        else if (is_between(c, ' ', '~'))
            *at++ = c;
    }
    *at++ = '\0';
    lines->out = at;
    return start;
}

/* CR LF, also with NULs between, is one end. Lines are numbered as an editor has them. */
static void pass_end(struct shim_log_lines *lines)
{
    if (lines->in == lines->limit || !ends_line(*lines->in))
        return;
    while (lines->in < lines->limit && (*lines->in == '\r' || !*lines->in))
        lines->in++;
    if (lines->in == lines->limit || !ends_line(*lines->in))
        return;
    lines->newlines += *lines->in++ == '\n';
}

/* ---- who says what -------------------------------------------------------------------------- */

static char *find_xens(char *words)
{
    for (; *words; words++)
        if (*words == xens[0] && !strncmp(words, xens, XENS))
            return words;
    return NULL;
}

static const char *skip_spaces(const char *words)
{
    while (*words == ' ')
        words++;
    return words;
}

/* "[    1.234567] ", "[2026-11-28 12:00:01] ", also several of them; not "[fdt]". */
static const char *skip_stamps(const char *words)
{
    static const char stamp[] = " .:,-+/TZ";
    const char *at;

    words = skip_spaces(words);
    while (*words == '[') {
        at = words + 1;
        while (is_between(*at, '0', '9') || (*at && memchr(stamp, *at, sizeof(stamp) - 1)))
            at++;
        if (*at != ']' || at == words + 1)
            break;
        words = skip_spaces(at + 1);
    }
    return words;
}

/* The first piece of what is left of the line, cut off from the rest. */
static void take_piece(struct shim_log_lines *lines, struct shim_log_piece *piece)
{
    char *words = lines->next, *other = find_xens(words);

    piece->xens = lines->next_xens;
    piece->line = lines->number;
    lines->next = NULL;
    if (other) {
        *other = '\0';
        lines->next = other + XENS;
        lines->next_xens = true;
    }
    piece->words = skip_stamps(words);
}

bool shim_log_next(struct shim_log_lines *lines, struct shim_log_piece *piece)
{
    do {
        if (!lines->next) {
            if (lines->in == lines->limit)
                return false;
            lines->number = lines->newlines + 1;
            lines->next = copy_line(lines);
            lines->next_xens = false;
            pass_end(lines);
        }
        take_piece(lines, piece);
    } while (!*piece->words);
    return true;
}
