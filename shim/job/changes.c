// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/changes.h"

#include "shim/base/mem.h"
#include "shim/fdt/diff.h"

enum { LINES_MAX = 8, TEXT_MAX = 4096 };

/* All numbers in policy and record have two cells but one, ipa-bits. */
static const struct shim_diff_words words = {
    .beside = "xen,static-heap\0",
    .wide = "/chosen/dtshim\0/chosen/dtshim/record\0",
    .moved = "reserved-memory\0",
    .hashes = "masters\0",
};

enum shim_code shim_report_diff(const struct shim_sink *sink, const struct shim_tree *before,
                                const struct shim_tree *after, struct shim_arena *arena,
                                bool *different, struct shim_error *error)
{
    struct shim_diff diff = { .before = before, .after = after, .words = &words };

    return shim_diff(&diff, arena, sink, different, error);
}

/* What would be printed: how many lines, and their text while there is room for it. */
struct heard {
    char *text;
    size_t len; /* TEXT_MAX: it did not fit */
    unsigned lines;
};

static void hear(void *self, const char *text)
{
    struct heard *heard = self;
    size_t len = strlen(text);

    for (const char *at = text; *at; at++)
        heard->lines += *at == '\n';
    if (len >= TEXT_MAX - heard->len) {
        heard->len = TEXT_MAX;
        return;
    }
    memcpy(heard->text + heard->len, text, len + 1);
    heard->len += len;
}

/* In what is free of the arena, and stays so: the text is to be read before it is used. */
static enum shim_code listen(const struct shim_diff *diff, struct shim_arena arena,
                             struct heard *heard, struct shim_error *error)
{
    struct shim_sink sink = { .put = hear, .self = heard };
    bool different;

    *heard = (struct heard){ .text = shim_alloc(&arena, TEXT_MAX, 1) };
    if (!heard->text)
        return shim_no_room(error, "for what changes in the tree");
    *heard->text = '\0';
    return shim_diff(diff, &arena, &sink, &different, error);
}

enum shim_code shim_report_changes(const struct shim_sink *sink, const struct shim_job *job,
                                   const void *out, size_t len, bool all,
                                   struct shim_arena *arena, struct shim_error *error)
{
    struct shim_tree after;
    struct shim_diff diff = { .before = &job->tree, .after = &after, .words = &words,
                              .without = "/chosen/dtshim" };
    struct heard heard = { .len = TEXT_MAX };
    bool different;
    enum shim_code code = shim_tree_check(&after, out, len, arena, error);

    if (!code && !all)
        code = listen(&diff, *arena, &heard, error);
    if (code)
        return code;
    if (heard.lines > LINES_MAX) {
        shim_print(sink, "  changes in the tree, without the record: %u lines (-v)\n", heard.lines);
        return SHIM_OK;
    }
    shim_print_string(sink, "\n"
                      "  changes in the tree, without the record in /chosen/dtshim (- old, + "
                      "new):\n\n");
    if (heard.len == TEXT_MAX)
        return shim_diff(&diff, arena, sink, &different, error);
    shim_print_string(sink, heard.text);
    return SHIM_OK;
}
