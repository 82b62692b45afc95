/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The command line. */
#ifndef DTSHIM_CLI_OPTIONS_H
#define DTSHIM_CLI_OPTIONS_H

#include <dtshim/arena.h>

#include "cli.h"
#include "commands.h"

/* Complains of the command line. */
int usage(const char *what, const char *which);

/* Reads it up to --help or --version; `command` may be NULL for those. Complains. */
int take_options(const struct command *command, struct options *options, int argc, char **argv,
                 struct shim_arena *arena);

/* What the command's options and files mean together; complains. */
int check_options(const struct command *command, const struct options *options);

#endif
