// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The page of an explained log: what the log shows, and what the forecast says beside it. */
#include "shim/base/mem.h"
#include "shim/job/explain.h"

/* ---- what the log shows -------------------------------------------------------------------------- */

static void print_banks(const struct shim_sink *sink, const char *label,
                        const struct shim_log_banks *banks)
{
    enum { LINES_MAX = 8 };
    uint32_t i;

    for (i = 0; i < banks->count && i < LINES_MAX; i++)
        shim_print(sink, "    %s0x%llx-0x%llx  %s\n", i ? "          " : label,
                   SHIM_X(banks->at[i].base), SHIM_X(shim_range_end(banks->at[i]) - 1),
                   SHIM_SIZE(banks->at[i].size));
    if (banks->count > i)
        shim_print(sink, "              and %u more\n", banks->count - i);
}

static void print_line(const struct shim_sink *sink, const char *label, const char *words)
{
    shim_print(sink, "    %s", label);
    shim_print_string(sink, words);
    shim_print(sink, "\n");
}

static void print_line_of(const struct shim_sink *sink, const char *label, uint32_t line,
                          const char *words)
{
    shim_print(sink, "    %sline %u: ", label, line);
    shim_print_string(sink, words);
    shim_print(sink, "\n");
}

static void print_boot(const struct shim_sink *sink, const struct shim_log *log)
{
    if (log->boots < 2)
        return;
    shim_print(sink, "    boot      number %u of %u, from line %u on%s\n", log->boot, log->boots,
               log->first, log->boot < log->boots ? ": what follows is cut" : ", the last");
}

/* Without the compiler, and the address of who built it. */
static void print_version(const struct shim_sink *sink, const char *version)
{
    enum { MOST = 100 };
    char words[MOST + 1];
    struct shim_text text = shim_text(words, sizeof(words));
    unsigned groups = 0;

    while (*version && (*version < '0' || *version > '9'))
        version++;
    shim_text_string(&text, version);
    for (char *at = words; *at; at++)
        if (*at == '(' && ++groups == 2 && at > words)
            at[-1] = at[0] = '\0';
    shim_print(sink, "    Xen       %s\n", words);
}

static void print_release(const struct shim_sink *sink, const struct shim_log *log)
{
    unsigned first, last;

    if (log->version) {
        print_version(sink, log->version);
        return;
    }
    shim_log_releases(log, &first, &last);
    if (first > last || (first == SHIM_XEN_OLDEST && last == SHIM_XEN_NEWEST))
        return;
    if (first == last)
        shim_print(sink, "    Xen       4.%u, by its messages\n", first);
    else
        shim_print(sink, "    Xen       4.%u to 4.%u, by its messages\n", first, last);
}

/* What was said besides: the boot went on, and that may be why it came to its end. */
static void print_other(const struct shim_sink *sink, const char *label,
                        const struct shim_log_found *found)
{
    const struct shim_message *message = found->message;

    print_line_of(sink, label, found->line, found->words);
    if (message && message->why && message->kind != SHIM_MESSAGE_END)
        shim_print(sink, "                %s [%s]\n", message->why, message->ids);
}

static void print_others(const struct shim_sink *sink, const struct shim_log *log,
                         const struct shim_log_found *why)
{
    enum { OTHERS_MAX = 6 };
    const char *label = "also      ";
    uint32_t shown = 0;

    for (uint32_t i = 0; i < log->found_count && shown < OTHERS_MAX; i++) {
        if (&log->found[i] == why)
            continue;
        print_other(sink, label, &log->found[i]);
        label = "          ";
        shown++;
    }
}

/* dtshim's, where dom0's memory is another. */
static void print_promise(const struct shim_sink *sink, const struct shim_log *log)
{
    if (log->promise.size && log->dom0.count && log->promise.base != log->dom0.at[0].base)
        shim_print(sink, "    promised  0x%llx-0x%llx, by dtshim: the Xen that started is not "
                   "the one it planned for\n", SHIM_X(log->promise.base),
                   SHIM_X(shim_range_end(log->promise) - 1));
}

void shim_report_log_facts(const struct shim_sink *sink, const struct shim_log *log)
{
    const struct shim_log_found *why = shim_log_why(log);

    if (shim_log_verdict(log) == SHIM_LOG_NONE)
        return;
    shim_print(sink, "\n  what the log shows\n");
    print_boot(sink, log);
    print_release(sink, log);
    if (log->line)
        print_line(sink, "its line  ", log->line);
    print_banks(sink, "RAM       ", &log->ram);
    print_banks(sink, "dom0      ", &log->dom0);
    print_promise(sink, log);
    if (why)
        print_line_of(sink, "reason    ", why->line, why->words);
    print_others(sink, log, why);
    for (unsigned i = SHIM_LOG_LAST; i-- > 0;)
        if (log->last[i].words)
            print_line_of(sink, i == SHIM_LOG_LAST - 1 || !log->last[i + 1].words ? "its end   "
                          : "          ", log->last[i].line, log->last[i].words);
}

/* ---- the forecast beside it ------------------------------------------------------------------------ */

/* RAM is what firmware and U-Boot fill in. */
static bool lacks_ram(const struct shim_outlook *outlook)
{
    const struct shim_stop *stop = outlook->forecast.stop;

    return stop && !strcmp(stop->id, "no-memory");
}

#define NO_RAM "but Xen found RAM that this tree does not have: add --ram BASE:SIZE, or use the " \
               "tree that U-Boot passes on"

/* Where both end, but not alike. */
static const char *other_end(const struct shim_outlook *outlook)
{
    if (lacks_ram(outlook))
        return NO_RAM;
    if (!outlook->forecast.stop && !outlook->forecast.memory.sure)
        return "but in the log the boot ends: the forecast was not sure of dom0's banks";
    return "the log ends differently: this is not the tree that Xen was given, or U-Boot or "
           "firmware changed it on the way; or the tree is not the cause";
}

static const char *other_start(const struct shim_outlook *outlook)
{
    const struct shim_stop *stop = outlook->forecast.stop;

    if (lacks_ram(outlook))
        return NO_RAM;
    if (stop && stop->maybe)
        return "but dom0 starts in the log: the forecast was not sure";
    return "but dom0 starts in the log: this is not the tree that Xen was given, or the forecast is "
           "wrong";
}

static const char *other_banks(const struct shim_outlook *outlook)
{
    if (outlook->forecast.memory.sure && !outlook->unknown)
        return "but in the log dom0 has different memory: this is not the tree that Xen was given";
    return "but in the log dom0 has different memory: the forecast lacked some facts";
}

static const char *match_words(const struct shim_log *log, const struct shim_outlook *outlook)
{
    switch (shim_log_compare(log, outlook).match) {
    case SHIM_MATCH_AGREES:
        return "as the log shows";
    case SHIM_MATCH_STOP:
        return other_end(outlook);
    case SHIM_MATCH_START:
        return other_start(outlook);
    case SHIM_MATCH_BANKS:
        return other_banks(outlook);
    case SHIM_MATCH_PAYLOAD:
        return "which is for a kernel, and Xen found none: the tree has none either";
    case SHIM_MATCH_RAM:
        return "but Xen read different RAM than this tree has: firmware filled it in, or this is "
               "not the tree that Xen was given";
    case SHIM_MATCH_UNKNOWN:
        break;
    }
    return "the log ends too early to compare the two";
}

void shim_report_log_match(const struct shim_sink *sink, const struct shim_log *log,
                           const struct shim_outlook *outlook, const char *file)
{
    const struct shim_forecast *forecast = &outlook->forecast;
    const struct shim_stop *stop = forecast->stop;

    shim_print(sink, "\n  the forecast for %s\n    ", file);
    shim_report_verdict(sink, outlook);
    if (stop && stop->node != SHIM_NONE)
        shim_print(sink, "      where     %s\n", SHIM_PATH(forecast->sight.tree, stop->node));
    if (stop)
        shim_print(sink, "      why       %s [%s]\n      what to do %s\n", stop->why, stop->id,
                   stop->remedy);
    shim_print(sink, "    %s\n", match_words(log, outlook));
}
