/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_STREAMS_H
#define DTSHIM_CLI_STREAMS_H

/*
 * Of a standard stream that was closed no file gets the number, which would then be written to
 * or read: it stays one that cannot be. And a limit to the size of files is trouble with words,
 * not a signal.
 */
void streams_ready(void);

#endif
