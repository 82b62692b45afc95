// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/wrap.h"

#include "shim/base/mem.h"

enum { PIECE = 64 };

/* Of a text that does not end behind them. */
static void put(const struct shim_sink *sink, const char *text, size_t len)
{
    char piece[PIECE];

    while (len) {
        size_t now = len < PIECE ? len : PIECE - 1;

        memcpy(piece, text, now);
        piece[now] = '\0';
        shim_print_string(sink, piece);
        text += now;
        len -= now;
    }
}

static size_t word_len(const char *text)
{
    size_t len = 0;

    while (text[len] && text[len] != ' ')
        len++;
    return len;
}

void shim_wrap_end(struct shim_wrap *wrap)
{
    put(wrap->sink, "\n", 1);
    wrap->column = 0;
    wrap->blank = false;
}

void shim_wrap_line(struct shim_wrap *wrap)
{
    shim_wrap_end(wrap);
    for (; wrap->column < wrap->indent; wrap->column++)
        put(wrap->sink, " ", 1);
}

/* The one before is owed no longer: it comes with what is behind it, or not at all. */
static void put_blank(struct shim_wrap *wrap)
{
    if (!wrap->blank)
        return;
    put(wrap->sink, " ", 1);
    wrap->column++;
    wrap->blank = false;
}

static void put_word(struct shim_wrap *wrap, const char *word, size_t len)
{
    if (wrap->blank && wrap->column + 1 + len >= SHIM_LINE_WIDTH && wrap->column > wrap->indent)
        shim_wrap_line(wrap);
    put_blank(wrap);
    put(wrap->sink, word, len);
    wrap->column += (unsigned)len;
}

void shim_wrap(struct shim_wrap *wrap, const char *text)
{
    while (*text) {
        size_t len = word_len(text);

        if (len) {
            put_word(wrap, text, len);
            text += len;
        } else {
            put_blank(wrap);
            wrap->blank = true;
            text++;
        }
    }
}
