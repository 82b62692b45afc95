// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <limits.h>
#include <string.h>

#include "commands.h"

const struct command commands[COMMANDS] = {
    { PLAN, "plan", 1, UINT_MAX, "[--json] [policy] FILE...",
      "show what would be done to each tree, and why; with --load-addresses: where to load each file",
      { "each tree has a plan", NULL, "a tree has no plan, or an error" },
      command_plan },
    { APPLY, "apply", 1, UINT_MAX, "[policy] FILE... -o OUT",
      "rewrite the tree and write it to OUT",
      { "each tree was written", NULL, "a tree was not written" },
      command_apply },
    { FORECAST, "forecast", 1, UINT_MAX, "[--json] [policy] FILE...",
      "show what Xen does with each tree as it is",
      { "Xen boots", "Xen stops", "an error" },
      command_forecast },
    { DIFF, "diff", 2, 2, "FILE FILE",
      "list the differences by path",
      { "the trees are the same", "the trees differ", "an error" },
      command_diff },
    { CHECK, "check", 1, UINT_MAX, "[policy] FILE... | --list-rules",
      "list every rule that the trees break",
      { "no rule is broken", "a rule is broken", "an error" },
      command_check },
    { EXPLAIN, "explain", 1, 2, "[--json] [policy] LOG [FILE]",
      "show what a console log says went wrong, with the forecast of the tree",
      { "dom0 started, nothing known is wrong", "anything else", "an error" },
      command_explain },
};

const struct command *find_command(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}
