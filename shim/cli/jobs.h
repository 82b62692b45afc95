/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_JOBS_H
#define DTSHIM_CLI_JOBS_H

#include "cli.h"

/*
 * Runs `one` on each file: on a single one in this process, on several in a
 * worker process each, options->jobs at once, with the results in the order of
 * the command line. Returns the worst of what `one` returned.
 */
typedef int file_command(const struct options *options, const char *file);
int each_file(const struct options *options, file_command *one);

#endif
