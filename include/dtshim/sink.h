/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Anything that text can be written to: a console, a file, a buffer. */
#ifndef DTSHIM_SINK_H
#define DTSHIM_SINK_H

/* `put` is called with one string after another, and must not keep any of them. */
struct shim_sink {
    void (*put)(void *self, const char *text);
    void *self;
};

#endif
