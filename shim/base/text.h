/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Words without a C library: a bounded text that is always terminated and
 * remembers whether it had to be cut.
 *
 * Formats are a checked subset of printf: %s %u %llu %llx %% and nothing else,
 * no widths. Addresses are written "0x%llx".
 */
#ifndef DTSHIM_BASE_TEXT_H
#define DTSHIM_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dtshim/arena.h>

struct shim_text {
    char *at;    /* where the next character goes; always '\0' there */
    char *limit; /* last byte of the buffer, kept for the '\0' */
    bool cut;    /* something did not fit */
};

/* Starts an empty text in `buffer`; `size` must be at least 1. */
struct shim_text shim_text(char *buffer, size_t size);

void shim_text_string(struct shim_text *text, const char *string);
void shim_text_format(struct shim_text *text, const char *format, va_list args);

__attribute__((format(printf, 2, 3)))
void shim_textf(struct shim_text *text, const char *format, ...);

/*
 * Formats into the arena. Returns "" when the arena is full: words are never
 * worth failing for.
 */
__attribute__((format(printf, 2, 3)))
const char *shim_say(struct shim_arena *arena, const char *format, ...);

/*
 * A size in the largest binary unit that divides it ("512 MiB", "4100 KiB"), or,
 * where that makes more than four digits, cut to a tenth of a unit ("252.4 MiB").
 */
struct shim_size_words {
    char s[32];
};
struct shim_size_words shim_size_words(uint64_t bytes);
#define SHIM_SIZE(bytes) (shim_size_words(bytes).s)

/*
 * The i-th of strings that stand packed behind one another, the last one
 * empty; "" behind the end. A table of pointers would need a relocation each.
 */
const char *shim_word(const char *packed, unsigned i);

/* Does one of the packed patterns match? A '*' in one stands for any characters. */
bool shim_matches_one(const char *packed, const char *string);

/*
 * The same for long tables, which are in the order of their first characters; of those '*'
 * comes first. Only those that start and end as the string does are looked at.
 */
enum { SHIM_ROW_TEXT = 26 };
struct shim_row {
    uint8_t len;
    char text[SHIM_ROW_TEXT];
};
#define SHIM_ROW(text) { SHIM_FIT_LEN(text, SHIM_ROW_TEXT), text }

/* The length of a literal; an error where its NUL has no room, of which C itself says nothing. */
#define SHIM_FIT_LEN(text, room) (sizeof(text) - sizeof(char[sizeof(text) <= (room) ? 1 : -1]))

/*
 * The first characters that the rows have, a bit for each of them % 32; all where one has '*'. Of
 * a short constant table the compiler makes a number.
 */
__attribute__((always_inline))
static inline uint32_t shim_row_starts(const struct shim_row *rows, size_t count)
{
    uint32_t starts = 0;

#pragma GCC unroll 16
    for (size_t i = 0; i < count; i++)
        starts |= rows[i].text[0] == '*' ? UINT32_MAX : 1u << (uint8_t)rows[i].text[0] % 32;
    return starts;
}

bool shim_matches_row(const struct shim_row *rows, size_t count, const char *string, size_t len);
#define SHIM_MATCHES_ROW(rows, string) \
    shim_matches_row(rows, sizeof(rows) / sizeof((rows)[0]), string, __builtin_strlen(string))

/* Addresses for %llx: fixed-width types differ between targets. */
#define SHIM_X(value) ((unsigned long long)(value))

#endif
