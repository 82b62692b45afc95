/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Numbers as people write them: decimal or 0x..., with an optional K, M, G or T. */
#ifndef DTSHIM_BASE_NUMBER_H
#define DTSHIM_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* What a hexadecimal digit is worth; 255: it is none. */
unsigned shim_digit(char c);

/* One up to `stop` or the end; returns what is behind it, NULL: no number that fits 64 bits. */
const char *shim_scan_number(const char *text, char stop, uint64_t *value);

/* All of the text is one. */
bool shim_read_number(const char *text, uint64_t *value);

/*
 * A release "major.minor", both below 100, as 100 * major + minor; returns what is behind it,
 * NULL: it is none. 4.2 and 4.20 are different ones.
 */
const char *shim_scan_release(const char *text, unsigned *release);

#endif
