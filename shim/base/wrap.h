/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Text in lines of a terminal's width. */
#ifndef DTSHIM_BASE_WRAP_H
#define DTSHIM_BASE_WRAP_H

#include <stdbool.h>

#include "shim/base/sink.h"

enum { SHIM_LINE_WIDTH = 80 };

struct shim_wrap {
    const struct shim_sink *sink;
    unsigned indent; /* of the lines that are begun because one is full */
    unsigned column; /* characters of the line so far */
    bool blank;      /* and one is owed, unless the line ends there */
};

/* Words with a blank between them; a line is only broken there, with room for a bracket. */
void shim_wrap(struct shim_wrap *wrap, const char *text);

/* Ends the line, and begins one with the indent. */
void shim_wrap_line(struct shim_wrap *wrap);

/* Ends the line. */
void shim_wrap_end(struct shim_wrap *wrap);

#endif
