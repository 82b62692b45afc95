// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The forecast as a page: the verdict, what dom0 gets, what Xen reads, what is not known. */
#include "shim/job/forecast.h"

#include "shim/model/console.h"
#include "shim/model/untold.h"

enum { LINES_MAX = 8 }; /* of one kind: a page is taken in at a glance */

/* ---- the verdict ------------------------------------------------------------------------ */

/* Of a tree that was applied, where Xen does otherwise. */
static void print_missed(const struct shim_sink *sink, const struct shim_outlook *outlook)
{
    const struct shim_dom0_memory *memory = &outlook->forecast.memory;

    if (!outlook->planned_count)
        return;
    if (memory->count && memory->banks[0].base != outlook->planned[0].base)
        shim_print(sink, ", not 0x%llx as planned", SHIM_X(outlook->planned[0].base));
    else
        shim_print(sink, ", not as planned");
}

static void print_memory(const struct shim_sink *sink, const struct shim_outlook *outlook)
{
    const struct shim_dom0_memory *memory = &outlook->forecast.memory;
    const char *doubt = memory->sure ? "" : ", it seems";

    shim_print(sink, "starts dom0 with %s", SHIM_SIZE(memory->size));
    if (memory->count == 1)
        shim_print(sink, "%s at 0x%llx", doubt, SHIM_X(memory->banks[0].base));
    else if (memory->count)
        shim_print(sink, "%s in %u banks from 0x%llx on", doubt, memory->count,
                   SHIM_X(memory->banks[0].base));
    print_missed(sink, outlook);
    shim_print(sink, "\n");
}

/* By enum shim_xen_entry. */
static const char ways_in[SHIM_ENTRIES][24] = { [SHIM_ENTRY_UEFI] = " by its own UEFI stub" };
static const char last_words[] = "\"Starting kernel ...\"\0the lines of its UEFI stub\0";

void shim_report_verdict(const struct shim_sink *sink, const struct shim_outlook *outlook)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    const struct shim_stop *stop = forecast->stop;

    shim_print(sink, "Xen %s%s%s ", forecast->boot.release->name,
               forecast->boot.arch == SHIM_XEN_ARM32 ? " (32 bits)" : "",
               ways_in[forecast->boot.entry]);
    if (!stop && shim_sight_dom0less(&forecast->sight))
        shim_print(sink, "starts no dom0: all kernels are for other domains\n");
    else if (!stop)
        print_memory(sink, outlook);
    else if (stop->silent)
        shim_print(sink, "stops before its first line: nothing follows %s\n",
                   shim_word(last_words, forecast->boot.entry));
    else if (*stop->words)
        shim_print(sink, "stops%s: %s\n", stop->maybe ? ", it seems" : "", stop->words);
    else
        shim_print(sink, "does not get to dom0: %s\n", stop->why);
}

static void print_stop(const struct shim_sink *sink, const struct shim_tree *tree,
                       const struct shim_stop *stop)
{
    if (stop->silent && *stop->words)
        shim_print(sink, "  its words   %s\n"
                   "              (only in builds with CONFIG_EARLY_PRINTK, not in Debian's)\n",
                   stop->words);
    if (stop->node != SHIM_NONE)
        shim_print(sink, "  where       %s\n", SHIM_PATH(tree, stop->node));
    shim_print(sink, "  why         %s [%s]\n  what to do  %s\n", stop->why, stop->id, stop->remedy);
}

/* ---- dom0 --------------------------------------------------------------------------------- */

static void print_range(const struct shim_sink *sink, const char *label, struct shim_range range)
{
    shim_print(sink, "  %s 0x%llx-0x%llx  %s", label, SHIM_X(range.base),
               SHIM_X(shim_range_end(range) - 1), SHIM_SIZE(range.size));
}

static void print_place(const struct shim_sink *sink, const char *label, struct shim_range range)
{
    if (!range.size)
        return;
    print_range(sink, label, range);
    shim_print(sink, "\n");
}

static void print_ranges(const struct shim_sink *sink, const char *label,
                         const struct shim_range *ranges, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < LINES_MAX; i++)
        print_place(sink, i ? "         " : label, ranges[i]);
    if (count > LINES_MAX)
        shim_print(sink, "            and %u more\n", count - LINES_MAX);
}

static void print_protected(const struct shim_sink *sink, const struct shim_forecast *forecast)
{
    const struct shim_tree *tree = forecast->sight.tree;
    uint32_t count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++)
        count += shim_dom0_protects(&forecast->dom0, tree, node);
    if (count)
        shim_print(sink, "  protected %u device%s, behind IOMMUs that Xen drives\n", count,
                   count == 1 ? "" : "s");
}

/* Who waits for Xen's words has to know that none will come. */
static void print_console(const struct shim_sink *sink, const struct shim_sight *sight)
{
    if (shim_xen_console(sight) == SHIM_NONE)
        shim_print(sink, "  console   none: Xen prints nothing, because neither stdout-path nor dtuart= gives\n"
                         "            a UART that it has a driver for\n");
}

static void print_dom0(const struct shim_sink *sink, const struct shim_dom0_memory *memory)
{
    print_ranges(sink, "dom0     ", memory->banks, memory->count);
    print_place(sink, "  kernel ", memory->kernel);
    print_place(sink, "  ramdisk", memory->ramdisk);
    print_place(sink, "  tree   ", memory->tree);
    print_place(sink, "grants   ", memory->grants);
    print_ranges(sink, "regions  ", memory->regions.at, memory->regions.count);
}

/* What was planned holds with files at the places of the record. */
static void print_planned(const struct shim_sink *sink, const struct shim_outlook *outlook)
{
    if (!outlook->planned_count)
        return;
    print_ranges(sink, "planned  ", outlook->planned, outlook->planned_count);
    shim_print(sink, "            by the record in the tree; this is not what Xen does\n  what to do  %s\n",
               shim_entry_row(outlook->forecast.boot.entry)->keeps_places
                   ? "load the files where load-places of the record says, or start Xen through\n"
                     "              dtshim, which moves them"
                   : "start Xen through dtshim, put in Xen's place");
}

/* ---- what Xen reads ------------------------------------------------------------------------ */

/* Who says it; `otherwise`, where no node does. */
static void print_node(const struct shim_sink *sink, const struct shim_tree *tree, uint32_t node,
                       const char *otherwise)
{
    shim_print(sink, "%s%s\n", node == SHIM_NONE && !*otherwise ? "" : "  ",
               node == SHIM_NONE ? otherwise : SHIM_PATH(tree, node));
}

static void print_banks(const struct shim_sink *sink, const char *label,
                        const struct shim_tree *tree, const struct shim_xen_banks *banks,
                        const char *otherwise)
{
    for (uint32_t i = 0; i < banks->count && i < LINES_MAX; i++) {
        print_range(sink, i ? "           " : label, banks->at[i].at);
        print_node(sink, tree, banks->at[i].node, otherwise);
    }
    if (banks->count > LINES_MAX)
        shim_print(sink, "              and %u more\n", banks->count - LINES_MAX);
}

static void print_modules(const struct shim_sink *sink, const struct shim_sight *sight)
{
    static const char labels[] = "  Xen      \0  tree     \0  kernel   \0  ramdisk  \0"
                                 "  module   \0  module   \0";

    for (uint32_t i = 0; i < sight->module_count && i < LINES_MAX; i++) {
        const struct shim_xen_module *module = &sight->modules[i];

        print_range(sink, shim_word(labels, module->kind), module->at);
        print_node(sink, sight->tree, module->node,
                   module->kind == SHIM_MODULE_KERNEL || module->kind == SHIM_MODULE_RAMDISK
                       ? "in no node yet" : "");
    }
}

static void print_line(const struct shim_sink *sink, const char *label, const char *line)
{
    if (!line || !*line)
        return;
    shim_print(sink, "    %s ", label);
    shim_print_string(sink, line);
    shim_print(sink, "\n");
}

static void print_sight(const struct shim_sink *sink, const struct shim_outlook *outlook)
{
    const struct shim_sight *sight = &outlook->forecast.sight;
    bool assumed = outlook->unknown >> SHIM_UNKNOWN_MAP & 1;

    shim_print(sink, "\n  what Xen reads\n");
    print_banks(sink, "  RAM      ", sight->tree, &sight->ram,
                assumed ? "from the tree, as the firmware's map is not known"
                        : "from the firmware's map");
    print_banks(sink, "  kept off ", sight->tree, &sight->reserved, "/memreserve/");
    print_modules(sink, sight);
    print_line(sink, "its line ", sight->xen_line);
    print_line(sink, "dom0's   ", sight->dom0_line);
}

/* ---- what is not known --------------------------------------------------------------------- */

static const char unknown_names[] = "xen-at\0tree-at\0payload\0kernel\0firmware\0map\0loader\0"
                                    "banks\0release\0line\0";

static const char unknown_words[] =
    "where Xen is started: dom0 is kept off that memory\0"
    "where the tree is when Xen starts: dom0 is kept off that, too\0"
    "what is booted: the tree has no kernel; addresses and sizes are assumed if not given\0"
    "how much memory dom0's kernel needs after its file\0"
    "what firmware and boot loader still change in the tree, such as memory and /memreserve/\0"
    "the firmware's memory map, which Xen uses here: the firmware keeps some of the RAM above\0"
    "what firmware and boot loader still change in the tree, such as modules and reserved "
    "regions\0"
    "dom0's exact banks: builds of this Xen differ in what they need before dom0\0"
    "how this Xen differs from the release: it is a fork, or newer than all known releases\0"
    "what these options on Xen's command line do, which the forecast does not model:\0";

const char *shim_unknown_name(enum shim_unknown what)
{
    return shim_word(unknown_names, what);
}

const char *shim_unknown_words(enum shim_unknown what)
{
    return shim_word(unknown_words, what);
}

static void print_untold(const struct shim_sink *sink, const struct shim_sight *sight)
{
    const char *word;

    for (uint32_t i = 0; (word = shim_sight_untold(sight, i)) != NULL; i++)
        shim_print(sink, " %s", word);
}

static void print_unknown(const struct shim_sink *sink, const struct shim_outlook *outlook,
                          const char *hints)
{
    uint32_t unknown = outlook->unknown;

    if (unknown)
        shim_print(sink, "\n  what is not known\n");
    for (unsigned what = 0; what < SHIM_UNKNOWN_KINDS; what++) {
        if (!(unknown >> what & 1))
            continue;
        shim_print(sink, "    %s%s", shim_unknown_words(what), hints ? shim_word(hints, what) : "");
        if (what == SHIM_UNKNOWN_LINE)
            print_untold(sink, &outlook->forecast.sight);
        shim_print(sink, "\n");
    }
}

/* ---- the page ------------------------------------------------------------------------------ */

void shim_report_details(const struct shim_sink *sink, const struct shim_outlook *outlook,
                         const char *hints)
{
    const struct shim_forecast *forecast = &outlook->forecast;

    if (!shim_was_run(&forecast->boot))
        shim_print(sink, "  (this release%s is known from its source alone, and was not run)\n",
                   forecast->boot.release->run ? " for 32 bits" : "");
    if (forecast->stop)
        print_stop(sink, forecast->sight.tree, forecast->stop);
    else
        print_dom0(sink, &forecast->memory);
    print_planned(sink, outlook);
    if (!forecast->stop)
        print_protected(sink, forecast);
    print_console(sink, &forecast->sight);
    print_sight(sink, outlook);
    print_unknown(sink, outlook, hints);
}
