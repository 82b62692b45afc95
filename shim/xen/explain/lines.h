/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A console log, line by line, as a person reads it: without terminal escapes, time stamps and
 * "(XEN) ". What two programs printed in one line is two pieces of it.
 */
#ifndef DTSHIM_XEN_EXPLAIN_LINES_H
#define DTSHIM_XEN_EXPLAIN_LINES_H

#include <dtshim/arena.h>

struct shim_log_lines {
    const char *in, *limit;
    char *out;       /* where the next line is written to: after all before, which stay */
    char *next;      /* of the line, what is still to come; NULL: nothing */
    uint32_t number; /* of the line */
    uint32_t newlines;
    bool next_xens;
};

struct shim_log_piece {
    const char *words;  /* printable; they live in the arena */
    uint32_t line;      /* from 1 */
    bool xens;          /* behind "(XEN) " */
};

/* False: no memory; `len` bytes and as many again are needed at most. */
bool shim_log_open(struct shim_log_lines *lines, const char *log, size_t len,
                   struct shim_arena *arena);

/* Skips empty ones. False: the end. */
bool shim_log_next(struct shim_log_lines *lines, struct shim_log_piece *piece);

#endif
