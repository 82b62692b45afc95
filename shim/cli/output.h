/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a command writes: all of its files, or none. */
#ifndef DTSHIM_CLI_OUTPUT_H
#define DTSHIM_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes, and where they go: "-" is standard output. */
struct output {
    const char *path;
    const void *bytes;
    size_t len;
};
enum { OUTPUTS_MAX = 2 };

/*
 * Writes each through a temporary file beside it, dtshim-XXXXXX.part, and puts them in their
 * places when all are whole: a path has its old content or all of the new one, and of several
 * none is new where one could not be. No signal but SIGKILL comes between. A device or a pipe,
 * which has to be the only output, is written to. Complains and returns false.
 */
bool outputs_write(const struct output *outputs, unsigned count);

/* "-", or another name of what standard output is, if that is no file. */
bool output_is_stdout(const char *path);

/* Its path is a file's, or will be; not that of a device or a pipe. */
bool output_is_file(const char *path);

#endif
