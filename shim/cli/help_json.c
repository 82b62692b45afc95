// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The tables for programs: commands, options, policy. A row is an object, NULL is null. */
#include <stdio.h>

#include <dtshim/version.h>

#include "beside.h"
#include "help.h"
#include "json_write.h"
#include "shim/base/text.h"

/* ---- commands and options ------------------------------------------------------------------- */

static void json_exits(const char *const *exits)
{
    static const char *const codes[EXITS] = { "0", "1", "2" };

    json_open("exits", '{');
    for (unsigned i = 0; i < EXITS; i++)
        if (exits[i])
            json_words(codes[i], exits[i]);
    json_close('}');
}

static void json_command(const char *name, const char *arguments, const char *help,
                         const char *const *exits)
{
    json_open(NULL, '{');
    json_words("name", name);
    json_words("arguments", arguments);
    json_words("help", help);
    json_exits(exits);
    json_close('}');
}

static void json_commands(void)
{
    json_open("commands", '[');
    for (unsigned i = 0; i < COMMANDS; i++)
        json_command(commands[i].name, commands[i].arguments, commands[i].help, commands[i].exits);
    for (unsigned i = 0; i < PROGRAMS_BESIDE; i++)
        json_command(programs_beside[i].name, programs_beside[i].arguments,
                     programs_beside[i].help, programs_beside[i].exits);
    json_close(']');
}

static void json_takers(unsigned takers)
{
    json_open("commands", '[');
    for (unsigned i = 0; i < COMMANDS; i++)
        if (takers & commands[i].bit)
            json_words(NULL, commands[i].name);
    json_close(']');
}

static void json_option(const struct known *known)
{
    char letter[2] = { known->option.val < OPTION_JSON ? (char)known->option.val : '\0', '\0' };

    json_open(NULL, '{');
    json_words("name", known->option.name);
    json_words("letter", *letter ? letter : NULL);
    json_words("argument", known->argument);
    json_bool("argument_optional", known->option.has_arg == optional_argument);
    json_words("help", known->help);
    json_takers(takers_of(known));
    json_close('}');
}

static void json_choices(const char *choices)
{
    if (!choices) {
        json_null("choices");
        return;
    }
    json_open("choices", '[');
    for (unsigned i = 0; *shim_word(choices, i); i++)
        json_words(NULL, shim_word(choices, i));
    json_close(']');
}

static void json_property(unsigned field)
{
    struct known known = known_option(PLAIN_OPTIONS + field);

    json_open(NULL, '{');
    json_words("name", known.option.name);
    json_words("kind", policy_kind(field));
    json_choices(shim_policy_table[field].choices);
    json_words("argument", known.argument);
    json_words("help", known.help);
    json_words("default", policy_default(field));
    json_takers(takers_of(&known));
    json_close('}');
}

int json_help(void)
{
    json_open(NULL, '{');
    json_words("version", SHIM_VERSION);
    json_commands();
    json_open("options", '[');
    for (unsigned i = 0; i < PLAIN_OPTIONS; i++) {
        struct known known = known_option(i);

        json_option(&known);
    }
    json_close(']');
    json_open("policy", '[');
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        json_property(field);
    json_close(']');
    json_errors();
    json_releases();
    json_close('}');
    putchar('\n');
    return EXIT_SAME;
}
