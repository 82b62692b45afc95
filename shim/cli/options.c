// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "option_table.h"
#include "output.h"
#include "shim/plan/plan.h"
#include "trouble.h"

int usage(const char *what, const char *which)
{
    fprintf(stderr, "dtshim: %s%s\n  what to do: dtshim --help lists commands and options\n", what,
            which);
    return EXIT_TROUBLE;
}

/* ---- which there are, and which commands take them ---------------------------------- */

static void fill_options(struct option *options)
{
    for (unsigned i = 0; i < KNOWN_OPTIONS; i++)
        options[i] = known_option(i).option;
}

/* "plan, apply and check" */
static void print_takers(unsigned takers)
{
    for (unsigned i = 0; i < COMMANDS; i++) {
        unsigned left = takers >> (i + 1);

        if (takers >> i & 1)
            fprintf(stderr, "%s%s", commands[i].name,
                    !left ? "" : left & (left - 1) ? ", " : " and ");
    }
}

static int refuse_option(const struct command *command, const struct known *known)
{
    fprintf(stderr, "dtshim: %s takes no --%s\n  what to do: remove it: it is for ",
            command->name, known->option.name);
    print_takers(known->takers);
    fprintf(stderr, "%s, not for %s\n", known->more ? known->more : "", command->name);
    return EXIT_TROUBLE;
}

static int check_taker(const struct command *command, int option)
{
    for (unsigned i = 0; command && i < KNOWN_OPTIONS; i++) {
        struct known known = known_option(i);

        if (known.option.val == option && !(known.takers & command->bit))
            return refuse_option(command, &known);
    }
    return EXIT_SAME;
}

/* getopt has said what it is that nobody here takes. */
static int refuse_unknown(const char *argument)
{
    if (!is_option_beside(argument))
        return usage("see above", "");
    fprintf(stderr, "dtshim: see above\n"
                    "  what to do: remove it, or use dtshim image, which has this option\n");
    return EXIT_TROUBLE;
}

/* ---- what they say ------------------------------------------------------------------------ */

/* Digits only, unlike strtoul(); more than can be is as many as can be. */
static int take_jobs(struct options *options, const char *text)
{
    unsigned long jobs = strtoul(text, NULL, 10);

    if (text[strspn(text, "0123456789")] || !jobs)
        return usage("-j takes a number from 1 up, not ", text);
    options->jobs = jobs < UINT_MAX ? (unsigned)jobs : UINT_MAX;
    return EXIT_SAME;
}

/* Each file of the command line gets them, and standard input can be read only once. */
static int take_overlay(struct options *options, const char *path)
{
    if (!strcmp(path, "-"))
        return usage("--overlay takes a file, not standard input", "");
    if (options->overlay_count == OVERLAYS_MAX)
        return usage("too many --overlay: merge some first with fdtoverlay: ", path);
    options->overlays[options->overlay_count++] = path;
    return EXIT_SAME;
}

static int take_option(struct options *options, int option, struct shim_arena *arena)
{
    struct shim_error error;

    switch (option) {
    case 'o':
        options->output = output_is_stdout(optarg) ? "-" : optarg;
        return EXIT_SAME;
    case 'j':
        return take_jobs(options, optarg);
    case 'v':
        options->verbose = true;
        return EXIT_SAME;
    case 'q':
        options->quiet = true;
        return EXIT_SAME;
    case OPTION_JSON:
        options->json = true;
        return EXIT_SAME;
    case OPTION_RULES:
        options->list_rules = true;
        return EXIT_SAME;
    case OPTION_LOAD:
        options->load_addresses = true;
        return EXIT_SAME;
    case OPTION_MAP:
        options->map = true;
        return EXIT_SAME;
    case OPTION_AT + LOADED_XEN:
    case OPTION_AT + LOADED_KERNEL:
    case OPTION_AT + LOADED_RAMDISK:
        options->at[option - OPTION_AT] = optarg;
        return EXIT_SAME;
    case OPTION_TREE_AT:
        options->tree_at = optarg;
        return EXIT_SAME;
    case OPTION_ENTRY:
        options->entry = optarg;
        return EXIT_SAME;
    case OPTION_EFI_MAP:
        options->efi_map = optarg;
        return EXIT_SAME;
    case OPTION_LIVE:
        options->live = optarg ? optarg : "";
        return EXIT_SAME;
    case OPTION_OVERLAY:
        return take_overlay(options, optarg);
    case OPTION_LOADED + LOADED_STAGE:
    case OPTION_LOADED + LOADED_XEN:
    case OPTION_LOADED + LOADED_KERNEL:
    case OPTION_LOADED + LOADED_RAMDISK:
        options->loaded[option - OPTION_LOADED] = optarg;
        return EXIT_SAME;
    case 'h':
        options->asked = ASKED_HELP;
        return EXIT_SAME;
    case OPTION_VERSION:
        options->asked = ASKED_VERSION;
        return EXIT_SAME;
    default:
        if (shim_policy_set(&options->policy, (enum shim_policy_field)(option - OPTION_POLICY),
                            optarg, arena, &error))
            return complain("command line", &error);
        return EXIT_SAME;
    }
}

int take_options(const struct command *command, struct options *options, int argc, char **argv,
                 struct shim_arena *arena)
{
    struct option known[KNOWN_OPTIONS + 1] = { 0 };
    int option, trouble = EXIT_SAME;

    fill_options(known);
    while (!trouble && !options->asked &&
           (option = getopt_long(argc, argv, "o:j:vqh", known, NULL)) != -1) {
        trouble = option == '?' ? refuse_unknown(argv[optind - 1]) : check_taker(command, option);
        if (!trouble)
            trouble = take_option(options, option, arena);
    }
    if (options->asked == ASKED_HELP && optind < argc && !strcmp(argv[optind], "--json"))
        options->json = true;
    options->files = (const char *const *)argv + optind;
    options->file_count = (unsigned)(argc - optind);
    return trouble;
}

/* ---- what they mean together --------------------------------------------------------------- */

static int check_files(const struct command *command, const struct options *options)
{
    bool standard = false;
    /* Of one file diff shows what overlays change in it. */
    unsigned least = command->bit == DIFF && options->overlay_count ? 1 : command->least;

    if (options->file_count < least)
        return usage("a file is missing: dtshim ", command->name);
    if (options->file_count > command->most)
        return usage("one file too many: ", options->files[command->most]);
    for (unsigned i = 0; i < options->file_count; i++) {
        bool now = !strcmp(options->files[i], "-");

        if (standard && now)
            return usage("standard input can be read only once", "");
        standard |= now;
    }
    return EXIT_SAME;
}

/* A file is given that plan looks at only for where to load all. */
static bool names_too_much(const struct command *command, const struct options *options)
{
    return command->bit == PLAN && !options->load_addresses &&
           (options->loaded[LOADED_STAGE] || options->loaded[LOADED_KERNEL] ||
            options->loaded[LOADED_RAMDISK]);
}

static int check_forecast(const struct options *options)
{
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        if ((options->policy.given & ~forecast_takes) >> field & 1)
            return usage("a forecast uses the tree as it is; apply it first, with --",
                         shim_policy_table[field].name);
    if (options->output && options->file_count > 1)
        return usage("forecast writes dom0's tree for one file only", "");
    return EXIT_SAME;
}

/* A map is UEFI's, and says what RAM is. */
static int check_map(const struct options *options)
{
    if (!options->entry || strcmp(options->entry, "uefi") != 0)
        return usage("--efi-map is for a Xen that UEFI starts: add --entry uefi", "");
    if (!strcmp(options->efi_map, "-"))
        return usage("--efi-map takes a file, not standard input", "");
    if (shim_policy_has(&options->policy, SHIM_POLICY_RAM))
        return usage("--efi-map and --ram both give the RAM: remove one of them", "");
    return EXIT_SAME;
}

/* The tree is the running Linux's; check may look at the one that Xen was given, too. */
static int check_live(const struct command *command, const struct options *options)
{
    bool check = command->bit == CHECK;

    if (options->file_count > check)
        return usage("--live uses the tree of this Linux; one file too many: ",
                     options->files[check]);
    return EXIT_SAME;
}

int check_options(const struct command *command, const struct options *options)
{
    if (names_too_much(command, options))
        return usage("plan takes --stage, --kernel and --ramdisk with --load-addresses only", "");
    if (command->bit & (FORECAST | EXPLAIN) && check_forecast(options))
        return EXIT_TROUBLE;
    if (options->efi_map && check_map(options))
        return EXIT_TROUBLE;
    if (options->quiet && (options->verbose || options->json || options->load_addresses))
        return usage("-q prints one line, so it takes none of -v, --json and --load-addresses", "");
    if (options->map && (options->quiet || options->verbose || options->json || options->load_addresses))
        return usage("--map prints a picture, so it takes none of -q, -v, --json and --load-addresses", "");
    if (options->list_rules)
        return EXIT_SAME;
    if (command->bit == CHECK && options->json)
        return usage("check takes --json with --list-rules only", "");
    return options->live ? check_live(command, options) : check_files(command, options);
}
