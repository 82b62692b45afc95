/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Properties that are numbers by their names, where nothing else is known about them. */
#ifndef DTSHIM_FDT_NUMBERS_H
#define DTSHIM_FDT_NUMBERS_H

#include <stdbool.h>

#include "shim/base/span.h"

/* Does a word of the name count, measure or choose something? */
bool shim_counts(const char *name);

/* Is the value made of cells, and no list of strings? */
bool shim_is_cells(struct shim_span value);

#endif
