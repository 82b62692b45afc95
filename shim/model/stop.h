/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where Xen stops on the way to dom0. */
#ifndef DTSHIM_MODEL_STOP_H
#define DTSHIM_MODEL_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/text.h"

enum { SHIM_STOP_WORDS = 192 };

/* The first one counts: shim_stop() keeps what is there already. */
struct shim_stop {
    const char *id;     /* a short name, of letters and dashes; NULL: Xen goes on */
    const char *why;    /* what is wrong, in our words */
    const char *remedy;
    uint32_t node;      /* that it is about; SHIM_NONE: none, or /memreserve/ */
    bool silent;        /* before Xen has a console: it prints nothing */
    bool maybe;         /* another boot of the same may not stop here */
    char words[SHIM_STOP_WORDS]; /* Xen's own on the console, without "(XEN) "; "": silent */
};

static inline bool shim_stops(const struct shim_stop *stop)
{
    return stop->id != NULL;
}

/* Notes the stop if it is the first; the words are a format of text.h. */
__attribute__((format(printf, 6, 7)))
void shim_stop(struct shim_stop *stop, const char *id, uint32_t node, const char *why,
               const char *remedy, const char *words, ...);

#endif
