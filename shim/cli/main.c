// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "beside.h"
#include "colour.h"
#include "commands.h"
#include "help.h"
#include "live.h"
#include "memory.h"
#include "options.h"
#include "streams.h"
#include "trouble.h"

static int print_version(void)
{
    puts("dtshim " SHIM_VERSION);
    return EXIT_SAME;
}

static bool is_help(const char *word)
{
    return !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* "dtshim help plan": what that command's --help prints. */
static int help_of(char *name)
{
    char asked[] = "--help", *of_program[] = { name, asked, NULL };
    const struct command *command;

    if (!name || is_help(name))
        return print_help(NULL);
    if (!strcmp(name, "--json"))
        return json_help();
    run_beside(name, of_program);
    command = find_command(name);
    return command ? print_help(command) : usage("unknown command: ", name);
}

static int answer(const struct command *command, const struct options *options)
{
    if (options->asked == ASKED_VERSION)
        return print_version();
    return options->json ? json_help() : print_help(command);
}

int main(int argc, char **argv)
{
    struct options options = { .policy = { .given = 0 } };
    struct shim_arena arena = arena_of(1 << 16);
    const struct command *command = NULL;
    int trouble;

    streams_ready();
    colour_ready();
    if (argc > 1 && !strcmp(argv[1], "help"))
        return flushed(help_of(argv[2]));
    if (argc > 1 && argv[1][0] != '-') {
        run_beside(argv[1], argv + 1);
        command = find_command(argv[1]);
        if (!command)
            return usage("unknown command: ", argv[1]);
        argc--;
        argv++;
    }
    trouble = take_options(command, &options, argc, argv, &arena);
    if (trouble)
        return trouble;
    if (options.asked)
        return flushed(answer(command, &options));
    if (!command)
        return usage("no command given", "");
    trouble = check_options(command, &options);
    if (!trouble && options.live)
        trouble = live_options(&options);
    return trouble ? trouble : flushed(command->run(&options));
}
