/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which properties refer to nodes by phandle, and which of their cells are phandles. */
#ifndef DTSHIM_FDT_REFERENCE_KINDS_H
#define DTSHIM_FDT_REFERENCE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

struct shim_reference_kind {
    const char *names; /* see shim_matches_one() */
    const char *cells; /* in the node referred to: how many arguments follow; or "": none */
    uint8_t args;      /* and so many more */
    uint8_t first;     /* cells in front of the first phandle */
    bool loose;        /* a name of few devices, or a word that others may use for numbers */
};

/* NULL: none that is known. */
const struct shim_reference_kind *shim_reference_kind(const char *name);

#endif
