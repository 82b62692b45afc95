// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/text.h"

#include "shim/base/mem.h"

enum { DIGITS = 20, SENTENCE = 512, LEGIBLE = 10000 };

struct shim_text shim_text(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (struct shim_text){ .at = buffer, .limit = buffer + size - 1 };
}

static void put_char(struct shim_text *text, char c)
{
    if (text->at == text->limit) {
        text->cut = true;
        return;
    }
    *text->at++ = c;
    *text->at = '\0';
}

static void put_bytes(struct shim_text *text, const char *bytes, size_t len)
{
    size_t room = (size_t)(text->limit - text->at);

    if (len > room) {
        len = room;
        text->cut = true;
    }
    memcpy(text->at, bytes, len);
    text->at += len;
    *text->at = '\0';
}

void shim_text_string(struct shim_text *text, const char *string)
{
    if (string)
        put_bytes(text, string, strlen(string));
}

static void put_number(struct shim_text *text, unsigned long long value, unsigned base)
{
    char digits[DIGITS];
    unsigned at = DIGITS;

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_bytes(text, digits + at, DIGITS - at);
}

/* One conversion after the '%'; returns the format behind it. */
static const char *put_conversion(struct shim_text *text, const char *format, va_list *args)
{
    if (*format == 's')
        shim_text_string(text, va_arg(*args, const char *));
    else if (*format == 'u')
        put_number(text, va_arg(*args, unsigned), 10);
    else if (!strncmp(format, "llu", 3) || !strncmp(format, "llx", 3)) {
        put_number(text, va_arg(*args, unsigned long long), format[2] == 'x' ? 16 : 10);
        return format + 3;
    } else
        put_char(text, *format);
    return *format ? format + 1 : format;
}

void shim_text_format(struct shim_text *text, const char *format, va_list args)
{
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        const char *end = format;

        while (*end && *end != '%')
            end++;
        put_bytes(text, format, (size_t)(end - format));
        format = *end ? put_conversion(text, end + 1, &copy) : end;
    }
    va_end(copy);
}

void shim_textf(struct shim_text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    shim_text_format(text, format, args);
    va_end(args);
}

/* Written where it stays: the arena's next bytes are nobody's yet. */
const char *shim_say(struct shim_arena *arena, const char *format, ...)
{
    size_t left = shim_arena_left(arena);
    char *sentence = (char *)arena->next;
    struct shim_text text;

    if (left) {
        va_list args;

        text = shim_text(sentence, left < SENTENCE ? left : SENTENCE);
        va_start(args, format);
        shim_text_format(&text, format, args);
        va_end(args);
    }
    if (!left || (text.cut && left < SENTENCE)) {
        arena->full = true;
        return "";
    }
    return shim_alloc(arena, (size_t)(text.at - sentence) + 1, 1) ? sentence : "";
}

const char *shim_word(const char *packed, unsigned i)
{
    for (; i && *packed; i--)
        packed += strlen(packed) + 1;
    return packed;
}

/* What stands after the '*': most do not end with the same character. */
static bool matches_end(const char *tail, const char *string)
{
    size_t len = strlen(string), end = strlen(tail);

    return !end || (len >= end && string[len - 1] == tail[end - 1] &&
                    !memcmp(string + len - end, tail, end));
}

static bool matches(const char *pattern, const char *string)
{
    for (; *pattern && *pattern != '*' && *pattern == *string; pattern++)
        string++;
    return *pattern == '*' ? matches_end(pattern + 1, string) : *pattern == *string;
}

bool shim_matches_one(const char *packed, const char *string)
{
    for (; *packed; packed += strlen(packed) + 1)
        if ((*packed == *string || *packed == '*') && matches(packed, string))
            return true;
    return false;
}

static size_t first_from(const struct shim_row *rows, size_t count, char c)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;

        if ((uint8_t)rows[middle].text[0] < (uint8_t)c)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* Most do not end with the same character. */
static bool matches_row(const struct shim_row *row, const char *string, const char *last)
{
    const char *end = &row->text[row->len - 1];

    return (*end == *last || *end == '*') && matches(row->text, string);
}

bool shim_matches_row(const struct shim_row *rows, size_t count, const char *string, size_t len)
{
    const char *last = string + len - (len != 0);

    for (size_t i = 0; i < count && rows[i].text[0] == '*'; i++)
        if (matches_row(&rows[i], string, last))
            return true;
    for (size_t i = first_from(rows, count, *string);
         i < count && rows[i].text[0] == *string; i++)
        if (matches_row(&rows[i], string, last))
            return true;
    return false;
}

struct shim_size_words shim_size_words(uint64_t bytes)
{
    static const char units[][8] = { " bytes", " KiB", " MiB", " GiB", " TiB" };
    struct shim_size_words words = { .s[0] = '\0' };
    struct shim_text text = shim_text(words.s, sizeof(words.s));
    unsigned unit = 0;
    uint64_t tenths = 0;

    while (bytes >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]) &&
           (bytes % 1024 == 0 || bytes >= LEGIBLE)) {
        tenths = bytes % 1024 * 10 / 1024;
        bytes /= 1024;
        unit++;
    }
    put_number(&text, bytes, 10);
    if (tenths) {
        put_char(&text, '.');
        put_number(&text, tenths, 10);
    }
    shim_text_string(&text, units[unit]);
    return words;
}
