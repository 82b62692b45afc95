/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_COMMANDS_H
#define DTSHIM_CLI_COMMANDS_H

#include "cli.h"

enum { EXITS = 3 };

struct command {
    unsigned bit;
    const char *name;
    unsigned least, most; /* files */
    const char *arguments;
    const char *help;
    const char *exits[EXITS]; /* what each exit code means; NULL: it is not used */
    int (*run)(const struct options *options);
};
extern const struct command commands[COMMANDS];

/* NULL: there is none of this name. */
const struct command *find_command(const char *name);

int command_plan(const struct options *options);
int command_apply(const struct options *options);
int command_diff(const struct options *options);
int command_forecast(const struct options *options);
int command_check(const struct options *options);
int command_explain(const struct options *options);

#endif
