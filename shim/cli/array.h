/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * plan --json of several files: an array that has {"file": ..., "plan": ...} for
 * each, or {"file": ..., "error": ...}. Before array_begin() nothing is printed.
 */
#ifndef DTSHIM_CLI_ARRAY_H
#define DTSHIM_CLI_ARRAY_H

#include <stdbool.h>

#include <dtshim/error.h>

void array_begin(void);
bool array_is_open(void);
void array_next(bool first);
void array_error(const char *file, const char *code, const struct shim_error *error);
void array_end(void);

#endif
