// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "beside.h"
#include "commands.h"
#include "live.h"
#include "memory.h"
#include "options.h"
#include "shim/plan/plan.h"
#include "streams.h"
#include "trouble.h"

/* ---- commands --------------------------------------------------------------- */

static const struct command commands[] = {
    { PLAN, "plan", 1, UINT_MAX, "[--json] [policy] FILE...",
      "what would be done to these trees, and why; with --load-addresses where to load all",
      command_plan },
    { APPLY, "apply", 1, UINT_MAX, "[policy] FILE... -o OUT",
      "does it", command_apply },
    { FORECAST, "forecast", 1, UINT_MAX, "[--json] [policy] FILE...",
      "what Xen does with these trees as they stand; exits 0 boots, 1 Xen stops, 2 trouble",
      command_forecast },
    { DIFF, "diff", 2, 2, "FILE FILE",
      "what differs, by path; exits 0 same, 1 different, 2 trouble", command_diff },
    { CHECK, "check", 1, UINT_MAX, "[policy] FILE... | --list-rules",
      "every rule that the trees break; exits 0, 1, 2 likewise", command_check },
    { EXPLAIN, "explain", 1, 2, "[--json] [policy] LOG [FILE]",
      "what a console log says went wrong, and the forecast of the tree; exits 0 dom0 started, 1, 2",
      command_explain },
};
enum { HELP_COLUMN = 28 };
_Static_assert(sizeof(commands) / sizeof(commands[0]) == COMMANDS, "one row each");

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
        "what this Xen is built with: static-mem (CONFIG_STATIC_MEMORY), static-shm, llc-coloring, gicv3 (of 32 bits); or none",
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
         "  --map                     of plan: the memory map as a picture, in place of the page\n"
         "  --stage FILE, --xen FILE, --kernel FILE, --ramdisk FILE\n"
         "                            what it is for; sizes that nothing tells are assumed.\n"
         "                            forecast, check and explain take all but --stage; plan and\n"
         "                            apply --xen: its release is what the tree is for\n"
         "  --xen-at ADDRESS, --kernel-at ADDRESS, --ramdisk-at ADDRESS, --tree-at ADDRESS\n"
         "                            of forecast, check, explain: where they lie when Xen starts,\n"
         "                            for what the tree does not say\n"
         "  --entry image|uefi        of forecast, check, explain: how Xen is started: by U-Boot's booti\n"
         "                            or dtshim (default), or by its own UEFI stub, without dtshim\n"
         "  --efi-map FILE            with --entry uefi: the firmware's memory map, as the UEFI\n"
         "                            shell's memmap prints it; it is what Xen takes for RAM\n"
         "  --live[=FOLDER]           of plan, apply, forecast and check: the tree and RAM of the\n"
         "                            Linux that runs here, as root, or of FOLDER's copies of\n"
         "                            /sys/firmware/fdt and /proc/iomem. check in Xen's dom0 tells\n"
         "                            whether the record holds; a FILE is the tree that Xen got\n"
         "  --help, --version");
    return EXIT_SAME;
}

static int print_version(void)
{
    puts("dtshim " SHIM_VERSION);
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

    streams_ready();
    if (argc > 1 && !strcmp(argv[1], "help"))
        return flushed(print_help());
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
        return flushed(options.asked == ASKED_HELP ? print_help() : print_version());
    if (!command)
        return usage("no command given", "");
    trouble = check_options(command, &options);
    if (!trouble && options.live)
        trouble = live_options(&options);
    return trouble ? trouble : flushed(command->run(&options));
}
