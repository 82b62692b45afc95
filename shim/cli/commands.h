/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_COMMANDS_H
#define DTSHIM_CLI_COMMANDS_H

#include "cli.h"

int command_plan(const struct options *options);
int command_apply(const struct options *options);
int command_diff(const struct options *options);
int command_forecast(const struct options *options);
int command_check(const struct options *options);
int command_explain(const struct options *options);

#endif
