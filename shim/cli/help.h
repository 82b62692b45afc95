/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --help, for people and for programs: both are made from the tables. */
#ifndef DTSHIM_CLI_HELP_H
#define DTSHIM_CLI_HELP_H

#include "commands.h"
#include "option_table.h"

/* Of one command, or of all of them (NULL). */
int print_help(const struct command *command);

/* The commands that take an option; of a policy property forecast and explain take only some. */
unsigned takers_of(const struct known *known);

/* The tables as JSON, to make a manual from. */
int json_help(void);

void json_errors(void);   /* an array "errors" */
void json_releases(void); /* arrays "releases" and "release_columns" */

#endif
