// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "help.h"

#include <stdio.h>

#include <dtshim/version.h>

#include "beside.h"
#include "shim/base/wrap.h"
#include "trouble.h"

enum { LABEL = 2, COLUMN = 28 };

/* A label and its text beside it, or below it where the label is long. */
static void print_row(const char *label, unsigned column)
{
    int width = printf("%*s%s", LABEL, "", label);

    if (width + 2 > (int)column) {
        putchar('\n');
        width = 0;
    }
    printf("%*s", (int)column - width, "");
}

static struct shim_wrap wrap_at(unsigned column)
{
    return (struct shim_wrap){ .sink = &to_stdout, .indent = column, .column = column };
}

/* ---- commands ----------------------------------------------------------------------- */

static void print_usage(const char *name, const char *arguments, const char *help)
{
    enum { BELOW = 6 };
    struct shim_wrap wrap = wrap_at(BELOW);

    printf("  dtshim %s %s\n%*s", name, arguments, BELOW, "");
    shim_wrap(&wrap, help);
    shim_wrap_end(&wrap);
}

static void print_commands(void)
{
    puts("dtshim " SHIM_VERSION ": prepares a board's device tree for the Xen hypervisor on Arm\n");
    for (unsigned i = 0; i < COMMANDS; i++)
        print_usage(commands[i].name, commands[i].arguments, commands[i].help);
    for (unsigned i = 0; i < PROGRAMS_BESIDE; i++)
        print_usage(programs_beside[i].name, programs_beside[i].arguments, programs_beside[i].help);
}

static void print_exits(const char *name, const char *const *exits)
{
    printf("  %-10s", name);
    for (unsigned i = 0; i < EXITS; i++)
        if (exits[i])
            printf("%s%u %s", i ? "; " : "", i, exits[i]);
    putchar('\n');
}

/* ---- options ------------------------------------------------------------------------ */

unsigned takers_of(const struct known *known)
{
    int field = known->option.val - OPTION_POLICY;

    if (field >= 0 && !(forecast_takes >> field & 1))
        return known->takers & ~(unsigned)(FORECAST | EXPLAIN);
    return known->takers;
}

static void option_label(const struct known *known, char *label, size_t room)
{
    int letter = known->option.val < 0x100 ? known->option.val : 0;
    int used = letter ? snprintf(label, room, "-%c, ", letter) : 0;

    snprintf(label + used, room - (size_t)used, "--%s%s%s%s", known->option.name,
             known->option.has_arg == optional_argument ? "[=" : known->argument ? " " : "",
             known->argument ? known->argument : "",
             known->option.has_arg == optional_argument ? "]" : "");
}

/* " (plan, check)", where not every command takes it. */
static void print_takers(struct shim_wrap *wrap, unsigned takers)
{
    const char *before = " (";

    for (unsigned i = 0; i < COMMANDS; i++) {
        char word[16];

        if (!(takers >> i & 1))
            continue;
        snprintf(word, sizeof(word), "%s%s%s", before, commands[i].name,
                 (takers >> (i + 1)) ? "," : ")");
        shim_wrap(wrap, word);
        before = " ";
    }
}

static void print_option(const struct command *command, const struct known *known,
                         const char *preset)
{
    struct shim_wrap wrap = wrap_at(COLUMN);
    char label[64];

    option_label(known, label, sizeof(label));
    print_row(label, COLUMN);
    shim_wrap(&wrap, known->help);
    if (preset) {
        shim_wrap(&wrap, "; default: ");
        shim_wrap(&wrap, preset);
    }
    if (!command && takers_of(known) != ALL && known->option.val < OPTION_POLICY)
        print_takers(&wrap, takers_of(known));
    shim_wrap_end(&wrap);
}

static void print_options(const struct command *command, unsigned begin, unsigned end)
{
    for (unsigned i = begin; i < end; i++) {
        struct known known = known_option(i);

        if (!command || takers_of(&known) & command->bit)
            print_option(command, &known, i < PLAIN_OPTIONS ? NULL : policy_default(i - PLAIN_OPTIONS));
    }
}

static void print_policy(const struct command *command)
{
    if (command && command->bit == DIFF)
        return;
    puts("\nPolicy, also read from /chosen/dtshim in the tree; an option overrides the tree:\n");
    print_options(command, PLAIN_OPTIONS, KNOWN_OPTIONS);
    puts("\nBYTES are decimal or 0x hexadecimal, with K, M, G or T. RANGES are base:size.\n"
         "Separate several values with spaces, or give the option again.");
}

/* ---- the page ----------------------------------------------------------------------- */

static int print_all(void)
{
    print_commands();
    puts("\nFILE is a device tree blob (.dtb), or - for standard input. The help of one\n"
         "command: dtshim COMMAND --help.");
    print_policy(NULL);
    puts("\nOther options, and the commands that take them:\n");
    print_options(NULL, 0, PLAIN_OPTIONS);
    puts("\nExit codes:\n");
    for (unsigned i = 0; i < COMMANDS; i++)
        print_exits(commands[i].name, commands[i].exits);
    for (unsigned i = 0; i < PROGRAMS_BESIDE; i++)
        print_exits(programs_beside[i].name, programs_beside[i].exits);
    puts("\ndtshim --help --json and dtshim check --list-rules --json print these tables.");
    return EXIT_SAME;
}

int print_help(const struct command *command)
{
    if (!command)
        return print_all();
    print_usage(command->name, command->arguments, command->help);
    puts("\nOptions:\n");
    print_options(command, 0, PLAIN_OPTIONS);
    print_policy(command);
    puts("\nExit codes:\n");
    print_exits(command->name, command->exits);
    return EXIT_SAME;
}
