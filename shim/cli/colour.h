/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Colour for who reads on a terminal: the word that begins a warning. */
#ifndef DTSHIM_CLI_COLOUR_H
#define DTSHIM_CLI_COLOUR_H

/*
 * Decides, once, before workers start: standard output is a terminal, NO_COLOR is not set or empty
 * (no-color.org), and TERM is not "dumb".
 */
void colour_ready(void);

/* Text of a report for standard output. */
void colour_put(const char *text);

#endif
