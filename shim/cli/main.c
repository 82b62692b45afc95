// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "commands.h"
#include "live.h"
#include "memory.h"
#include "shim/plan/plan.h"
#include "trouble.h"

/* ---- commands --------------------------------------------------------------- */

struct command {
    const char *name;
    unsigned least, most; /* files */
    const char *arguments;
    const char *help;
    int (*run)(const struct options *options);
};

static const struct command commands[] = {
    { "plan", 1, UINT_MAX, "[--json] [policy] FILE...",
      "what would be done to these trees, and why; with --load-addresses where to load all",
      command_plan },
    { "apply", 1, UINT_MAX, "[policy] FILE... -o OUT",
      "does it", command_apply },
    { "forecast", 1, UINT_MAX, "[--json] [policy] FILE...",
      "what Xen does with these trees as they stand; exits 0 boots, 1 Xen stops, 2 trouble",
      command_forecast },
    { "diff", 2, 2, "FILE FILE",
      "what differs, by path; exits 0 same, 1 different, 2 trouble", command_diff },
    { "check", 1, UINT_MAX, "[policy] FILE... | --list-rules",
      "every rule that the trees break; exits 0, 1, 2 likewise", command_check },
    { "explain", 1, 2, "[--json] [policy] LOG [FILE]",
      "what a console log says went wrong, and the forecast of the tree; exits 0 dom0 started, 1, 2",
      command_explain },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]), HELP_COLUMN = 28 };

static const char *const policy_help[SHIM_POLICY_FIELDS] = {
    [SHIM_POLICY_CONTRACT] =
        "who takes the tree over: xen (stock Xen, default), native, none (stays as it is)",
    [SHIM_POLICY_LAYOUT] =
        "auto (default): direct, machine = guest addresses, unless passthrough names devices; or offset",
    [SHIM_POLICY_DOM0_MEM] =
        "dom0's memory; default: dom0_mem= of xen,xen-bootargs, else 512M, or half of less than 1 GiB",
    [SHIM_POLICY_DOM0_BASE] =
        "guest physical base of dom0's memory; default: the lowest RAM that can be had",
    [SHIM_POLICY_MACHINE_BASE] =
        "machine base of dom0's block; default: the lowest block that fits",
    [SHIM_POLICY_IPA_BITS] =
        "guest physical address bits, caps every address offered",
    [SHIM_POLICY_OFFSET_IN] =
        "where an offset goes (native): property (default), dma-ranges or both",
    [SHIM_POLICY_HYPERVISOR] =
        "compatible strings of /hypervisor under native",
    [SHIM_POLICY_IOMMU_DRIVERS] =
        "compatibles of the IOMMUs that the hypervisor being booted drives",
    [SHIM_POLICY_ON_ERROR] =
        "halt (default) or pass-through (boot on with the untouched tree)",
    [SHIM_POLICY_RAM] =
        "RAM, for a tree that firmware fills in: 0x80000000:2G ..., or its size at the tree's base",
    [SHIM_POLICY_KERNEL_BITS] =
        "32 or 64; default: what the cores of the tree mean",
    [SHIM_POLICY_IOMMU_NO_STAGE2] =
        "paths of IOMMUs without a second stage, which nobody can drive",
    [SHIM_POLICY_MEMORY_TYPES] =
        "path=type ...: on-chip memory as device-ngnre, device-gre, normal-nc, normal-wb",
    [SHIM_POLICY_REGIONS] =
        "auto (default), or none: the tree does not tell all devices",
    [SHIM_POLICY_MACHINE_BLOCKS] =
        "several machine blocks behind a xen,domain's memory, in guest order (needs static-mem)",
    [SHIM_POLICY_PASSTHROUGH] =
        "devices for a xen,domain, by path, alias or compatible; all-dma: every DMA master",
    [SHIM_POLICY_DOMAIN_NAME] =
        "name of the xen,domain that layout offset makes; default: dom0",
    [SHIM_POLICY_XEN_FEATURES] =
        "what this Xen is built with: static-mem (CONFIG_STATIC_MEMORY), static-shm, llc-coloring; or none",
    [SHIM_POLICY_XEN_VERSION] =
        "release of Xen, as 4.20; default: what --xen FILE says, else both of Debian's",
};

static void print_value_help(unsigned field)
{
    const struct shim_policy_entry *entry = &shim_policy_table[field];
    const char *help = policy_help[field];
    static const char *const shapes[] = {
        [SHIM_KIND_CHOICE] = "WORD", [SHIM_KIND_BYTES] = "BYTES",
        [SHIM_KIND_COUNT] = "N", [SHIM_KIND_STRINGS] = "STRINGS", [SHIM_KIND_RANGES] = "RANGES",
        [SHIM_KIND_RELEASE] = "X.Y",
    };
    int width = printf("  --%s %s", entry->name, shapes[entry->kind]);

    if (help)
        printf("%*s%s", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", help);
    putchar('\n');
}

static int print_help(void)
{
    puts("dtshim " SHIM_VERSION ": makes a platform device tree ready for a Xen hypervisor on Arm\n");
    for (unsigned i = 0; i < COMMANDS; i++)
        printf("  dtshim %-8s %-32s %s\n", commands[i].name, commands[i].arguments,
               commands[i].help);
    print_beside();
    puts("\nFILE is a device tree blob (.dtb), - is standard input.\n"
         "\nPolicy, also read from /chosen/dtshim of the tree; an option wins:\n");
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        print_value_help(field);
    puts("\nBYTES are decimal or 0x hexadecimal, with K, M, G or T; RANGES are base:size. Several\n"
         "values stand between spaces, or the option is given again.\n"
         "\nOther options:\n"
         "  -o, --output OUT          where apply writes; - is standard output. With several\n"
         "                            files a directory, made when OUT ends in /. Of forecast\n"
         "                            the tree that dom0 will see\n"
         "  --overlay FILE            a .dtbo that is merged into each FILE first, as by fdtoverlay;\n"
         "                            several in this order. diff of one FILE shows what they\n"
         "                            change. Not for explain\n"
         "  -j, --jobs N              so many files at once (not diff); default 1\n"
         "  --json                    plan, forecast, explain for programs; with several files an array\n"
         "  -v, --verbose             of plan, check: of many alike each one, and all details\n"
         "  -q, --quiet               plan, apply, forecast, check: one line that sums it up\n"
         "  --list-rules              the rules of check\n"
         "  --load-addresses          of plan: lines for U-Boot that say where to load everything\n"
         "                            so that the boot copies nothing\n"
         "  --stage FILE, --xen FILE, --kernel FILE, --ramdisk FILE\n"
         "                            what it is for; sizes that nothing tells are assumed.\n"
         "                            forecast, check and explain take all but --stage; plan and\n"
         "                            apply --xen: its release is what the tree is for\n"
         "  --xen-at ADDRESS, --kernel-at ADDRESS, --ramdisk-at ADDRESS, --tree-at ADDRESS\n"
         "                            of forecast, check, explain: where they lie when Xen starts,\n"
         "                            for what the tree does not say\n"
         "  --live[=FOLDER]           of plan, apply, forecast and check: the tree and RAM of the\n"
         "                            Linux that runs here, as root, or of FOLDER's copies of\n"
         "                            /sys/firmware/fdt and /proc/iomem. check in Xen's dom0 tells\n"
         "                            whether the record holds; a FILE is the tree that Xen got\n"
         "  --help, --version");
    return EXIT_SAME;
}

static int usage(const char *what, const char *which)
{
    fprintf(stderr, "dtshim: %s%s\n  what to do: dtshim --help shows commands and options\n", what,
            which);
    return EXIT_TROUBLE;
}

/* ---- options ------------------------------------------------------------------ */

enum { OPTION_JSON = 0x100, OPTION_RULES, OPTION_HELP, OPTION_VERSION, OPTION_LOAD,
       OPTION_TREE_AT, OPTION_LIVE, OPTION_OVERLAY, OPTION_LOADED, OPTION_AT = OPTION_LOADED + LOADED_FILES };
enum { OPTION_POLICY = 0x200 };
enum { PLAIN_OPTIONS = 15 + LOADED_FILES };

/* The policy's own table gives the long options their names. */
static void fill_options(struct option *options)
{
    static const struct option plain[PLAIN_OPTIONS] = {
        { "output", required_argument, NULL, 'o' },
        { "jobs", required_argument, NULL, 'j' },
        { "verbose", no_argument, NULL, 'v' },
        { "quiet", no_argument, NULL, 'q' },
        { "json", no_argument, NULL, OPTION_JSON },
        { "list-rules", no_argument, NULL, OPTION_RULES },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        { "load-addresses", no_argument, NULL, OPTION_LOAD },
        { "xen-at", required_argument, NULL, OPTION_AT + LOADED_XEN },
        { "kernel-at", required_argument, NULL, OPTION_AT + LOADED_KERNEL },
        { "ramdisk-at", required_argument, NULL, OPTION_AT + LOADED_RAMDISK },
        { "tree-at", required_argument, NULL, OPTION_TREE_AT },
        { "live", optional_argument, NULL, OPTION_LIVE },
        { "overlay", required_argument, NULL, OPTION_OVERLAY },
        { "stage", required_argument, NULL, OPTION_LOADED + LOADED_STAGE },
        { "xen", required_argument, NULL, OPTION_LOADED + LOADED_XEN },
        { "kernel", required_argument, NULL, OPTION_LOADED + LOADED_KERNEL },
        { "ramdisk", required_argument, NULL, OPTION_LOADED + LOADED_RAMDISK },
    };

    memcpy(options, plain, sizeof(plain));
    for (int field = 0; field < SHIM_POLICY_FIELDS; field++)
        options[PLAIN_OPTIONS + field] = (struct option){
            shim_policy_table[field].name, required_argument, NULL, OPTION_POLICY + field };
}

/* Digits only, unlike strtoul(); more than can be is as many as can be. */
static int take_jobs(struct options *options, const char *text)
{
    unsigned long jobs = strtoul(text, NULL, 10);

    if (text[strspn(text, "0123456789")] || !jobs)
        return usage("-j takes a number from 1 on, not ", text);
    options->jobs = jobs < UINT_MAX ? (unsigned)jobs : UINT_MAX;
    return EXIT_SAME;
}

/* Each file of the command line gets them, and standard input can be read only once. */
static int take_overlay(struct options *options, const char *path)
{
    if (!strcmp(path, "-"))
        return usage("--overlay takes a file, not standard input", "");
    if (options->overlay_count == OVERLAYS_MAX)
        return usage("too many --overlay: merge some first, with fdtoverlay: ", path);
    options->overlays[options->overlay_count++] = path;
    return EXIT_SAME;
}

static int take_option(struct options *options, int option, struct shim_arena *arena)
{
    struct shim_error error;

    switch (option) {
    case 'o':
        options->output = optarg;
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
    case OPTION_AT + LOADED_XEN:
    case OPTION_AT + LOADED_KERNEL:
    case OPTION_AT + LOADED_RAMDISK:
        options->at[option - OPTION_AT] = optarg;
        return EXIT_SAME;
    case OPTION_TREE_AT:
        options->tree_at = optarg;
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
    case OPTION_HELP:
        print_help();
        exit(EXIT_SAME);
    case OPTION_VERSION:
        puts("dtshim " SHIM_VERSION);
        exit(EXIT_SAME);
    case '?':
    case ':':
        return usage("see above", "");
    default:
        if (shim_policy_set(&options->policy, (enum shim_policy_field)(option - OPTION_POLICY),
                            optarg, arena, &error))
            return complain("command line", &error);
        return EXIT_SAME;
    }
}

static int take_options(struct options *options, int argc, char **argv, struct shim_arena *arena)
{
    struct option known[PLAIN_OPTIONS + SHIM_POLICY_FIELDS + 1] = { 0 };
    int option, trouble = EXIT_SAME;

    fill_options(known);
    while (!trouble && (option = getopt_long(argc, argv, "o:j:vq", known, NULL)) != -1)
        trouble = take_option(options, option, arena);
    options->files = (const char *const *)argv + optind;
    options->file_count = (unsigned)(argc - optind);
    return trouble;
}

static const struct command *find_command(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static int check_files(const struct command *command, const struct options *options)
{
    bool standard = false;
    /* Of one file diff shows what overlays change in it. */
    unsigned least = command->run == command_diff && options->overlay_count ? 1 : command->least;

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

/* It asks what becomes of a tree as it stands. */
static bool looks_ahead(const struct command *command)
{
    return command->run == command_forecast || command->run == command_check ||
           command->run == command_explain;
}

/* A file is given that this command does not look at. */
static bool names_too_much(const struct command *command, const struct options *options)
{
    bool taken = options->load_addresses || looks_ahead(command);
    bool stage = options->loaded[LOADED_STAGE] && !options->load_addresses;

    for (unsigned i = 0; i < LOADED_FILES; i++)
        if (options->loaded[i] && !taken && (i != LOADED_XEN || command->run == command_diff))
            return true;
    return stage;
}

static bool names_places(const struct options *options)
{
    bool some = options->tree_at;

    for (unsigned i = 0; i < LOADED_FILES; i++)
        some = some || options->at[i];
    return some;
}

/* What a forecast goes by: the rest would change the tree. */
static const uint32_t forecast_takes = 1u << SHIM_POLICY_RAM | 1u << SHIM_POLICY_KERNEL_BITS |
                                       1u << SHIM_POLICY_IOMMU_DRIVERS |
                                       1u << SHIM_POLICY_XEN_FEATURES |
                                       1u << SHIM_POLICY_XEN_VERSION;

static int check_forecast(const struct options *options)
{
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        if ((options->policy.given & ~forecast_takes) >> field & 1)
            return usage("a forecast takes the tree as it stands; apply it first, with --",
                         shim_policy_table[field].name);
    if (options->output && options->file_count > 1)
        return usage("forecast writes dom0's tree of one file only", "");
    return EXIT_SAME;
}

/* How much is to be said. */
static int check_length(const struct command *command, const struct options *options)
{
    bool asked = options->quiet || options->verbose;

    if (options->quiet && (options->verbose || options->json || options->load_addresses))
        return usage("-q prints one line, so it takes none of -v, --json and --load-addresses", "");
    if (asked && (command->run == command_diff || command->run == command_explain))
        return usage("-q and -v are for plan, apply, forecast and check, not for ", command->name);
    return EXIT_SAME;
}

/* The tree is the running Linux's; check may look at the one that Xen was given, too. */
static int check_live(const struct command *command, const struct options *options)
{
    bool check = command->run == command_check;

    if (!check && command->run != command_plan && command->run != command_apply &&
        command->run != command_forecast)
        return usage("only plan, apply, forecast and check take --live, not ", command->name);
    if (options->file_count > check)
        return usage("--live is the tree of this Linux; one file too many: ",
                     options->files[check]);
    return EXIT_SAME;
}

static int check_options(const struct command *command, const struct options *options)
{
    bool forecast = command->run == command_forecast, explain = command->run == command_explain;

    if (options->load_addresses && command->run != command_plan)
        return usage("only plan takes --load-addresses, not ", command->name);
    if (names_too_much(command, options))
        return usage("--stage, --xen, --kernel and --ramdisk are for plan --load-addresses; all but "
                     "--stage for forecast, check and explain, too, and --xen for plan and apply", "");
    if (names_places(options) && !looks_ahead(command))
        return usage("only forecast, check and explain take --xen-at, --kernel-at, --ramdisk-at "
                     "and --tree-at, not ", command->name);
    if (options->overlay_count && explain)
        return usage("explain takes no --overlay; give it the tree that Xen was given", "");
    if (options->output && command->run != command_apply && !forecast)
        return usage("only apply and forecast take -o, not ", command->name);
    if ((forecast || explain) && check_forecast(options))
        return EXIT_TROUBLE;
    if (check_length(command, options))
        return EXIT_TROUBLE;
    if (options->jobs && (command->run == command_diff || explain))
        return usage("-j is for plan, apply, forecast and check, not for ", command->name);
    if (options->list_rules && command->run == command_check)
        return EXIT_SAME;
    return options->live ? check_live(command, options) : check_files(command, options);
}

int main(int argc, char **argv)
{
    struct options options = { .policy = { .given = 0 } };
    struct shim_arena arena = arena_of(1 << 16);
    const struct command *command = NULL;
    int trouble;

    if (argc > 1 && argv[1][0] != '-') {
        run_beside(argv[1], argv + 1);
        command = find_command(argv[1]);
        if (!command)
            return usage("unknown command: ", argv[1]);
        argc--;
        argv++;
    }
    trouble = take_options(&options, argc, argv, &arena);
    if (trouble)
        return trouble;
    if (!command)
        return usage("no command given", "");
    trouble = check_options(command, &options);
    if (!trouble && options.live)
        trouble = live_options(&options);
    return trouble ? trouble : flushed(command->run(&options));
}
