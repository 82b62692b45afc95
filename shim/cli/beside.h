// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#ifndef DTSHIM_CLI_BESIDE_H
#define DTSHIM_CLI_BESIDE_H

#include <stdbool.h>

#include "commands.h"

/* Commands that are programs of their own, installed beside the tool. */

/* Runs that command in place of this program, if `name` is one; ends it with words if the
   program is not there. Else returns. */
void run_beside(const char *name, char **arguments);

struct beside {
    const char *name, *arguments, *help;
    const char *exits[EXITS];
};
enum { PROGRAMS_BESIDE = 2 };
extern const struct beside programs_beside[PROGRAMS_BESIDE];

/* "--board=x": an option of one of the programs that none of the commands here has. */
bool is_option_beside(const char *argument);

#endif
