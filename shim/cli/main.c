// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void put_stdout(void *self, const char *text)
{
    (void)self;
    fputs(text, stdout);
}

static void put_stderr(void *self, const char *text)
{
    (void)self;
    fputs(text, stderr);
}

const struct shim_sink to_stdout = { .put = put_stdout };
const struct shim_sink to_stderr = { .put = put_stderr };

int complain(const char *file, const struct shim_error *error)
{
    fprintf(stderr, "dtshim: %s: ", file);
    shim_report_error(&to_stderr, "", error);
    return EXIT_TROUBLE;
}

/* ---- memory that lives as long as the process --------------------------------- */

static void *kept[8];

static void release_kept(void)
{
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        free(kept[i]);
}

void *keep(void *memory)
{
    unsigned i = 0;

    while (i < sizeof(kept) / sizeof(kept[0]) && kept[i])
        i++;
    if (i == 0 && memory)
        atexit(release_kept);
    if (memory && i < sizeof(kept) / sizeof(kept[0]))
        kept[i] = memory;
    return memory;
}

static struct shim_arena arena_of(size_t size)
{
    void *memory = keep(malloc(size));

    return shim_arena(memory, memory ? size : 0);
}

struct shim_arena arena_for(size_t len)
{
    return arena_of(shim_memory_for(len));
}

/* ---- commands --------------------------------------------------------------- */

struct command {
    const char *name;
    unsigned files;
    const char *arguments;
    const char *help;
    int (*run)(const struct options *options);
};

static const struct command commands[] = {
    { "plan", 1, "[--json] [policy] FILE",
      "what would be done to this tree, and why", command_plan },
    { "apply", 1, "[policy] FILE -o OUT",
      "does it", command_apply },
    { "diff", 2, "FILE FILE",
      "what differs, by path; exits 0 same, 1 different, 2 trouble", command_diff },
    { "check", 1, "[policy] FILE | --list-rules",
      "every rule that the tree breaks; exits 0, 1, 2 likewise", command_check },
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const char *const policy_help[SHIM_POLICY_FIELDS] = {
    [SHIM_POLICY_CONTRACT] =
        "who takes the tree over: xen (stock Xen, default) or native",
    [SHIM_POLICY_LAYOUT] =
        "auto (default), direct (machine = guest addresses) or offset",
    [SHIM_POLICY_DOM0_MEM] =
        "dom0's memory; default: dom0_mem= of xen,xen-bootargs, else 512M",
    [SHIM_POLICY_DOM0_BASE] =
        "guest physical base of dom0's memory; default: the lowest RAM address",
    [SHIM_POLICY_MACHINE_BASE] =
        "machine base of dom0's block; default: the lowest block that fits",
    [SHIM_POLICY_IPA_BITS] =
        "guest physical address bits, caps every address offered",
    [SHIM_POLICY_OFFSET_IN] =
        "where an offset goes: property; dma-ranges and both are not written yet",
    [SHIM_POLICY_HYPERVISOR] =
        "compatible strings of /hypervisor under native",
    [SHIM_POLICY_IOMMU_DRIVERS] =
        "compatibles of the IOMMUs that the hypervisor being booted drives",
    [SHIM_POLICY_ON_ERROR] =
        "halt (default) or pass-through (boot on with the untouched tree)",
};

static void print_value_help(unsigned field)
{
    const struct shim_policy_entry *entry = &shim_policy_table[field];
    static const char *const shapes[] = {
        [SHIM_KIND_CHOICE] = "WORD", [SHIM_KIND_BYTES] = "BYTES",
        [SHIM_KIND_COUNT] = "N", [SHIM_KIND_STRINGS] = "STRINGS",
    };

    printf("  --%s %s%*s%s\n", entry->name, shapes[entry->kind],
           (int)(23 - strlen(entry->name) - strlen(shapes[entry->kind])), "", policy_help[field]);
}

static int print_help(void)
{
    puts("dtshim " SHIM_VERSION ": makes a platform device tree ready for a Xen hypervisor on Arm\n");
    for (unsigned i = 0; i < COMMANDS; i++)
        printf("  dtshim %-6s %-30s %s\n", commands[i].name, commands[i].arguments,
               commands[i].help);
    puts("\nFILE is a device tree blob (.dtb), - is standard input.\n"
         "\nPolicy, also read from /chosen/dtshim of the tree; an option wins:\n");
    for (unsigned field = 0; field < SHIM_POLICY_FIELDS; field++)
        print_value_help(field);
    puts("\nBYTES are decimal or 0x hexadecimal, with K, M, G or T. STRINGS are separated by\n"
         "spaces.\n"
         "\nOther options:\n"
         "  -o, --output OUT          where apply writes; - is standard output\n"
         "  --json                    plan for programs\n"
         "  --list-rules              the rules of check\n"
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

enum { OPTION_JSON = 0x100, OPTION_RULES, OPTION_HELP, OPTION_VERSION, OPTION_POLICY = 0x200,
       PLAIN_OPTIONS = 5 };

/* The policy's own table gives the long options their names. */
static void fill_options(struct option *options)
{
    static const struct option plain[PLAIN_OPTIONS] = {
        { "output", required_argument, NULL, 'o' },
        { "json", no_argument, NULL, OPTION_JSON },
        { "list-rules", no_argument, NULL, OPTION_RULES },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
    };

    memcpy(options, plain, sizeof(plain));
    for (int field = 0; field < SHIM_POLICY_FIELDS; field++)
        options[PLAIN_OPTIONS + field] = (struct option){
            shim_policy_table[field].name, required_argument, NULL, OPTION_POLICY + field };
}

static int take_option(struct options *options, int option, struct shim_arena *arena)
{
    struct shim_error error;

    switch (option) {
    case 'o':
        options->output = optarg;
        return EXIT_SAME;
    case OPTION_JSON:
        options->json = true;
        return EXIT_SAME;
    case OPTION_RULES:
        options->list_rules = true;
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
    while (!trouble && (option = getopt_long(argc, argv, "o:", known, NULL)) != -1)
        trouble = take_option(options, option, arena);
    if (trouble)
        return trouble;
    while (optind < argc) {
        if (options->file_count == 2)
            return usage("one file too many: ", argv[optind]);
        options->files[options->file_count++] = argv[optind++];
    }
    return EXIT_SAME;
}

static const struct command *find_command(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    struct options options = { .policy = { .given = 0 } };
    struct shim_arena arena = arena_of(1 << 16);
    const struct command *command = NULL;
    int trouble;

    if (argc > 1 && argv[1][0] != '-') {
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
    if (options.output && command->run != command_apply)
        return usage("only apply takes -o, not ", command->name);
    if (options.list_rules && command->run == command_check)
        return command->run(&options);
    if (options.file_count < command->files)
        return usage("a file is missing: dtshim ", command->name);
    if (options.file_count > command->files)
        return usage("one file too many: ", options.files[command->files]);
    trouble = command->run(&options);
    if (fflush(stdout) || ferror(stdout)) {
        fputs("dtshim: cannot write to standard output\n", stderr);
        return EXIT_TROUBLE;
    }
    return trouble;
}
