// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The explanation of a log as a page: the verdict, why, what the log shows, the forecast. */
#include "shim/base/mem.h"
#include "shim/job/explain.h"
#include "shim/xen/traps.h"

/* ---- names -------------------------------------------------------------------------------- */

static const char verdict_names[] = "no-log\0stopped\0unnamed\0silent\0unstarted\0no-xen\0other\0booted\0";
static const char match_names[] = "unknown\0agrees\0stop\0start\0banks\0payload\0ram\0";
static const char part_names[] = "nothing\0loader\0handed-over\0stage\0xen-started\0xen\0building\0"
                                 "started\0linux\0user\0";

const char *shim_log_verdict_name(enum shim_log_verdict verdict)
{
    return shim_word(verdict_names, verdict);
}

const char *shim_log_match_name(enum shim_log_match match)
{
    return shim_word(match_names, match);
}

const char *shim_log_part_name(enum shim_log_part part)
{
    return shim_word(part_names, part);
}

/* ---- the verdict ------------------------------------------------------------------------------ */

static void print_words(const struct shim_sink *sink, const char *words)
{
    shim_print_string(sink, words);
    shim_print(sink, "\n");
}

/* Whose words they are, and what has come of the boot. */
static const char *who_says(const struct shim_log *log, const struct shim_log_found *found)
{
    enum shim_log_part part = found->message ? found->message->part : SHIM_LOG_STAGE;

    if (!found->message)
        return "dtshim stops";
    if (part == SHIM_LOG_LINUX)
        return shim_log_shows_xen(log) ? "dom0 starts, and its Linux prints" : "Linux prints";
    return part < SHIM_LOG_XEN ? "the boot stops before Xen" : NULL;
}

static void print_who(const struct shim_sink *sink, const struct shim_log *log,
                      const struct shim_log_found *found)
{
    const char *who = who_says(log, found);

    if (who)
        shim_print(sink, "%s: ", who);
    else
        shim_print(sink, "Xen%s%s %s: ", log->release ? " " : "",
                   log->release ? SHIM_RELEASE(log->release) : "",
                   log->part >= SHIM_LOG_STARTED ? "says" : "stops");
}

static void print_unnamed(const struct shim_sink *sink, const struct shim_log *log)
{
    const char *words = log->panic ? log->panic
        : log->xens_last[0].words ? log->xens_last[0].words : log->last[0].words;

    shim_print(sink, log->panic ? "Xen stops with a message that dtshim does not know: "
               : "the log ends while Xen starts, and no known message gives the reason; Xen's "
                 "last line: ");
    print_words(sink, words ? words : "none");
}

static void print_booted(const struct shim_sink *sink, const struct shim_log *log)
{
    shim_print(sink, "Xen%s%s started dom0%s\n", log->release ? " " : "",
               log->release ? SHIM_RELEASE(log->release) : "",
               log->part >= SHIM_LOG_LINUX ? ", which runs"
               : "; no line is known to be from its kernel");
}

void shim_report_log_verdict(const struct shim_sink *sink, const struct shim_log *log)
{
    const struct shim_log_found *why = shim_log_why(log);

    switch (shim_log_verdict(log)) {
    case SHIM_LOG_NONE:
        shim_print(sink, "no line is from the console of a boot\n");
        break;
    case SHIM_LOG_STOPPED:
        print_who(sink, log, why);
        print_words(sink, why->words);
        break;
    case SHIM_LOG_UNNAMED:
        print_unnamed(sink, log);
        break;
    case SHIM_LOG_SILENT:
        shim_print(sink, "%s was started, and printed nothing\n",
                   log->part == SHIM_LOG_HANDED_XEN ? log->other ? "the hypervisor" : "Xen"
                   : log->part == SHIM_LOG_STAGE ? "dtshim, or Xen's EFI part," : "something");
        break;
    case SHIM_LOG_UNSTARTED:
        shim_print(sink, "the log ends before anything was started, and no known message gives "
                         "the reason\n");
        break;
    case SHIM_LOG_BARE:
        shim_print(sink, "Linux was started, and there is no line from Xen\n");
        break;
    case SHIM_LOG_OTHER:
        shim_print(sink, "dtshim started a hypervisor that is not Xen, and nothing known went "
                   "wrong\n");
        break;
    case SHIM_LOG_BOOTED:
        print_booted(sink, log);
        break;
    }
}

/* ---- why ---------------------------------------------------------------------------------------- */

static void print_if(const struct shim_sink *sink, const char *label, const char *words)
{
    if (!words || !*words)
        return;
    shim_print(sink, "  %s  ", label);
    print_words(sink, words);
}

/* By the tree, or by the words alone. */
static void print_where(const struct shim_sink *sink, const struct shim_log_found *why,
                        const struct shim_tree *tree, struct shim_arena *arena)
{
    uint32_t nodes[SHIM_LOG_NODES];
    uint32_t count = tree ? shim_log_nodes(why, tree, nodes, arena) : 0;

    for (uint32_t i = 0; i < count && i < SHIM_LOG_NODES; i++)
        print_if(sink, i ? "          " : "where     ", SHIM_PATH(tree, nodes[i]));
    if (count > SHIM_LOG_NODES)
        shim_print(sink, "              and %u more\n", count - SHIM_LOG_NODES);
    if (!count && why->taken.has_interrupt && why->taken.interrupt >= 32)
        shim_print(sink, "  where       the node that has interrupt %u, in its interrupts "
                   "<0 %u ...>\n", why->taken.interrupt, why->taken.interrupt - 32);
}

/* With a tree the stop of the forecast is one of them. */
static void print_ids(const struct shim_sink *sink, const char *ids)
{
    const char *between = "";

    shim_print(sink, " [");
    for (const char *id = ids; *id; id += strlen(id) + 1, between = ", ")
        shim_print(sink, "%s%s", between, id);
    shim_print(sink, "]");
}

/* Of a message that may be one of many stops the rules of all are no help. */
static void print_rules(const struct shim_sink *sink, const char *ids, const struct shim_log *log,
                        const char *remedy)
{
    enum { IDS_MAX = 3 };
    const struct shim_trap *trap;
    unsigned i = 0;

    if (*shim_word(ids, IDS_MAX))
        return;
    while ((trap = shim_log_rule(ids, log->release > 400 ? log->release - 400 : 0, &i)) != NULL)
        if (trap->remedy == remedy)
            shim_print(sink, "  rule        %s\n", trap->id);
        else
            shim_print(sink, "  rule        %s: %s\n", trap->id, trap->remedy);
}

/* Of a stop that the forecast has as well the one that it is. */
static const char *ids_of(const struct shim_log_found *why, const struct shim_stop *stop,
                          struct shim_arena *arena)
{
    size_t size = stop ? strlen(stop->id) + 2 : 0;
    char *ids = stop ? shim_alloc(arena, size, 1) : NULL;
    struct shim_text text;

    if (!ids)
        return shim_log_ids(why);
    memset(ids, 0, size);
    text = shim_text(ids, size - 1);
    shim_text_string(&text, stop->id);
    return ids;
}

static void print_why(const struct shim_sink *sink, const struct shim_log *log,
                      const struct shim_log_found *why, const struct shim_stop *stop,
                      const struct shim_tree *tree, struct shim_arena *arena)
{
    struct shim_log_reason reason = shim_log_reason(why, stop);
    const char *ids = ids_of(why, stop, arena);

    if (stop && stop->node != SHIM_NONE && tree)
        print_if(sink, "where     ", SHIM_PATH(tree, stop->node));
    else
        print_where(sink, why, tree, arena);
    shim_print(sink, "  why         %s", reason.why ? reason.why : "as printed");
    print_ids(sink, ids);
    shim_print(sink, "\n");
    print_if(sink, "what to do", reason.remedy);
    print_rules(sink, ids, log, reason.remedy);
    if (!stop && why->message && why->message->kind == SHIM_MESSAGE_END && !log->version)
        shim_print(sink, "  note        this log begins after the cause: earlier lines say more\n");
    if (why->message)
        print_if(sink, "printed by", why->message->source);
}

/* ---- where no message says it ---------------------------------------------------------------- */

static const char silence[] =
    "  the usual causes, most likely first\n"
    "    Xen stops on something in the tree, before it has a console: run dtshim check TREE on "
    "the\n"
    "      tree that is booted\n"
    "    it has no console: give Xen console=dtuart, and dtuart=PATH if /chosen has no "
    "stdout-path;\n"
    "      a UART that this Xen has no driver for stays silent\n"
    "    what was started is not Xen, or is where it cannot start: see --xen and --xen-at of "
    "check\n"
    "    it was not entered at EL2 (32 bits: in Hyp mode): firmware decides that\n"
    "  where to look\n"
    "    a Xen with CONFIG_EARLY_PRINTK for this UART prints more; dtshim also leaves its own "
    "last\n"
    "    lines in memory\n";

static const char no_word_of_dom0[] =
    "  if the log ends here\n"
    "    dom0's kernel has no console: add console=hvc0 to its command line "
    "(xen,dom0-bootargs);\n"
    "    earlycon=xenboot shows its first lines. Or it died before it had one: dtshim check "
    "TREE\n"
    "    lists what its memory and its tree lack\n";

static const char no_end[] =
    "  where to look\n"
    "    the line above is the last before it went silent, or before the log was cut: "
    "loglvl=all\n"
    "    guest_loglvl=all sync_console in Xen's command line shows more; dtshim check TREE on "
    "the\n"
    "    tree that is booted lists what Xen would stop on\n";

static const char bare[] =
    "  what to do  start Xen, not Linux: the boot command has to give Xen (or dtshim), and "
    "/chosen\n"
    "              has to give dom0's kernel\n";

static const char unstarted[] =
    "  where to look\n"
    "    the last line below, and the command before it: a boot that works prints \"Starting "
    "kernel ...\"\n";

static void print_advice(const struct shim_sink *sink, const struct shim_log *log)
{
    switch (shim_log_verdict(log)) {
    case SHIM_LOG_SILENT:
        shim_print_string(sink, silence);
        break;
    case SHIM_LOG_UNNAMED:
        shim_print_string(sink, no_end);
        break;
    case SHIM_LOG_BARE:
        shim_print_string(sink, bare);
        break;
    case SHIM_LOG_UNSTARTED:
        shim_print_string(sink, unstarted);
        break;
    case SHIM_LOG_BOOTED:
        if (log->part < SHIM_LOG_LINUX)
            shim_print_string(sink, no_word_of_dom0);
        break;
    case SHIM_LOG_NONE:
    case SHIM_LOG_STOPPED:
    case SHIM_LOG_OTHER:
        break;
    }
}

void shim_report_log(const struct shim_sink *sink, const struct shim_log *log,
                     const struct shim_stop *stop, const struct shim_tree *tree,
                     struct shim_arena *arena)
{
    const struct shim_log_found *why = shim_log_why(log);

    if (shim_log_verdict(log) == SHIM_LOG_NONE)
        return;
    if (why)
        print_why(sink, log, why, stop, tree, arena);
    else
        print_advice(sink, log);
}
