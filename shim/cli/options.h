/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The command line: which options there are, and which command takes them. */
#ifndef DTSHIM_CLI_OPTIONS_H
#define DTSHIM_CLI_OPTIONS_H

#include <dtshim/arena.h>

#include "cli.h"

struct command {
    unsigned bit;
    const char *name;
    unsigned least, most; /* files */
    const char *arguments;
    const char *help;
    int (*run)(const struct options *options);
};

/* Complains of the command line. */
int usage(const char *what, const char *which);

/* Reads it up to --help or --version; `command` may be NULL for those. Complains. */
int take_options(const struct command *command, struct options *options, int argc, char **argv,
                 struct shim_arena *arena);

/* What the command's options and files mean together; complains. */
int check_options(const struct command *command, const struct options *options);

#endif
