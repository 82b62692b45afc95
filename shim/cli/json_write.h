/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * JSON, a member a line. `name` is NULL for an element of an array. Addresses and sizes are
 * strings of hexadecimal digits ("0x40000000"): JSON numbers end at 2^53.
 */
#ifndef DTSHIM_CLI_JSON_WRITE_H
#define DTSHIM_CLI_JSON_WRITE_H

#include <stdbool.h>

#include <dtshim/range.h>

void json_open(const char *name, char bracket); /* '{' or '[' */
void json_close(char bracket);                  /* '}' or ']' */

void json_words(const char *name, const char *words); /* NULL: null */
void json_bool(const char *name, bool value);
void json_number(const char *name, unsigned value);
void json_hex(const char *name, unsigned long long value);
void json_null(const char *name);

/* {"base": ..., "size": ...}; size 0: null. */
void json_range(const char *name, struct shim_range range);

#endif
