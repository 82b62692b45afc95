// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/explain/explain.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/xen/explain/facts.h"
#include "shim/xen/explain/lines.h"

/* ---- what is found ---------------------------------------------------------------------- */

static void drop_first(struct shim_log *log)
{
    memmove(log->found, log->found + 1, (SHIM_LOG_FOUND - 1) * sizeof(log->found[0]));
    log->found_count--;
}

/* In place of an equal one; where there are too many the oldest makes room. */
static void note(struct shim_log *log, const struct shim_log_found *found)
{
    for (uint32_t i = 0; i < log->found_count; i++) {
        struct shim_log_found *other = &log->found[i];

        if (other->message == found->message && !strcmp(other->words, found->words)) {
            *other = *found;
            return;
        }
    }
    if (log->found_count == SHIM_LOG_FOUND)
        drop_first(log);
    log->found[log->found_count++] = *found;
}

/* Where no line says the release, all are. */
static bool is_of_release(const struct shim_log *log, const struct shim_message *message)
{
    unsigned minor = log->release > 400 ? log->release - 400 : 0;

    return !minor || (minor >= message->since && minor <= message->until);
}

/* The first row that fits; one of another release, for a fork may have it, if no other does. */
static bool look_in(const struct shim_log *log, const struct shim_messages *table,
                    struct shim_log_found *found)
{
    struct shim_taken taken;

    for (unsigned i = 0; i < table->count; i++) {
        const struct shim_message *message = &table->rows[i];

        if ((found->message && !is_of_release(log, message)) ||
            !shim_message_in(message->words, found->words, &taken))
            continue;
        found->message = message;
        found->taken = taken;
        if (is_of_release(log, message))
            return true;
    }
    return false;
}

/* Linux's are the last, whatever prints them: Xen 4.17 marks a domain's output as its own. */
static void look_for_message(struct shim_log *log, const struct shim_log_piece *piece)
{
    struct shim_log_found found = { .words = piece->words, .line = piece->line };
    const struct shim_messages *table;
    bool done = false;

    for (unsigned t = 0; !done && (table = shim_messages_at(t)) != NULL; t++)
        done = look_in(log, table, &found);
    if (found.message)
        note(log, &found);
}

/* ---- how far it came ---------------------------------------------------------------------- */

/* The boot went past everything from programs whose part is over. */
static void come_to(struct shim_log *log, enum shim_log_part part)
{
    if (part <= log->part)
        return;
    log->part = part;
    for (uint32_t i = 0; i < log->found_count; i++) {
        struct shim_log_found *found = &log->found[i];
        enum shim_log_part whose = found->message ? found->message->part : SHIM_LOG_STAGE;

        if (whose < part)
            found->passed = true;
    }
}

static void keep_last(struct shim_log_words *last, const struct shim_log_piece *piece)
{
    memmove(last + 1, last, (SHIM_LOG_LAST - 1) * sizeof(*last));
    last[0] = (struct shim_log_words){ piece->words, piece->line };
}

/* Not the frame of a panic, nor what follows on it. */
static bool says_something(const char *words)
{
    return strncmp(words, "****", 4) != 0 && strncmp(words, "Reboot in five", 14) != 0 &&
           strncmp(words, "Panic on CPU", 12) != 0;
}

static void keep_words(struct shim_log *log, const struct shim_log_piece *piece)
{
    if (!says_something(piece->words))
        return;
    keep_last(log->last, piece);
    if (piece->xens)
        keep_last(log->xens_last, piece);
    if (log->xens_panic && !log->panic && piece->xens == log->panic_is_xens)
        log->panic = piece->words;
}

/* ---- several boots -------------------------------------------------------------------------- */

/* A boot with something to report. */
static bool tells(const struct shim_log *log)
{
    return log->part > SHIM_LOG_LOADER || shim_log_why(log);
}

struct reading {
    struct shim_log *log;     /* the answer */
    struct shim_log *now;     /* the boot that is being read */
    uint8_t banner;           /* the last that it has had */
};

static void end_boot(struct reading *reading)
{
    if (!reading->log->boot || tells(reading->now))
        *reading->log = *reading->now;
}

static void begin_boot(struct reading *reading, uint32_t line)
{
    uint32_t boot = reading->now->boot + 1;

    if (boot > 1)
        end_boot(reading);
    *reading->now = (struct shim_log){ .boot = boot, .first = line };
    reading->banner = 0;
}

/* A banner that does not come after the others of a boot is another boot's. */
static void take_banner(struct reading *reading, uint8_t begins, uint32_t line)
{
    if (!begins)
        return;
    if (begins <= reading->banner)
        begin_boot(reading, line);
    reading->banner = begins;
}

/* Only Xen prints these where it marks its output; dom0's kernel may be quiet. */
static bool is_dom0s(const struct shim_log *log, const struct shim_log_piece *piece)
{
    return log->xens_last[0].words && log->xens_last[0].line != piece->line;
}

static void take_marks(struct reading *reading, const struct shim_log_piece *piece)
{
    struct shim_taken taken;

    for (unsigned i = 0; i < shim_log_mark_count; i++) {
        const struct shim_log_mark *mark = &shim_log_marks[i];

        if (!shim_message_in(mark->words, piece->words, &taken))
            continue;
        take_banner(reading, mark->begins, piece->line);
        come_to(reading->now, mark->part);
        shim_log_take_fact(reading->now, mark->fact, piece, &taken);
    }
    if (piece->xens)
        come_to(reading->now, SHIM_LOG_XEN);
    else if (reading->now->part == SHIM_LOG_STARTED && is_dom0s(reading->now, piece))
        come_to(reading->now, SHIM_LOG_LINUX);
}

bool shim_log_read(struct shim_log *log, const char *bytes, size_t len, struct shim_arena *arena)
{
    struct reading reading = { .log = log };
    struct shim_log_lines lines;
    struct shim_log_piece piece;

    *log = (struct shim_log){ .boot = 0 };
    reading.now = shim_alloc(arena, 1, sizeof(*reading.now));
    if (!reading.now || !shim_log_open(&lines, bytes, len, arena))
        return false;
    *reading.now = (struct shim_log){ .boot = 0 };
    begin_boot(&reading, 1);
    while (shim_log_next(&lines, &piece)) {
        reading.now->words_of_other += reading.now->other;
        take_marks(&reading, &piece);
        keep_words(reading.now, &piece);
        look_for_message(reading.now, &piece);
        shim_log_take_error(reading.now, &piece);
    }
    end_boot(&reading);
    log->boots = reading.now->boot;
    log->lines = lines.newlines + 1;
    return true;
}

/* ---- what it comes to ----------------------------------------------------------------------- */

static unsigned weight(const struct shim_log_found *found)
{
    unsigned kind = found->message ? found->message->kind : SHIM_MESSAGE_CAUSE;

    return found->passed ? 0 : kind;
}

/* The last of those that say most. */
const struct shim_log_found *shim_log_why(const struct shim_log *log)
{
    const struct shim_log_found *why = NULL;

    for (uint32_t i = 0; i < log->found_count; i++)
        if (weight(&log->found[i]) && (!why || weight(&log->found[i]) >= weight(why)))
            why = &log->found[i];
    return why;
}

/* Where Linux runs its own words say nothing of how it came to that. */
bool shim_log_shows_xen(const struct shim_log *log)
{
    return log->release || log->xens_last[0].words ||
           (log->part >= SHIM_LOG_XEN && log->part <= SHIM_LOG_STARTED);
}

enum shim_log_verdict shim_log_verdict(const struct shim_log *log)
{
    if (shim_log_why(log))
        return SHIM_LOG_STOPPED;
    if (log->part == SHIM_LOG_NOTHING && !log->found_count)
        return SHIM_LOG_NONE;
    if (log->panic)
        return SHIM_LOG_UNNAMED;
    if (log->words_of_other)
        return SHIM_LOG_OTHER;
    if (log->part >= SHIM_LOG_LINUX && !shim_log_shows_xen(log))
        return SHIM_LOG_BARE;
    if (log->part >= SHIM_LOG_STARTED)
        return SHIM_LOG_BOOTED;
    if (log->part >= SHIM_LOG_XEN)
        return SHIM_LOG_UNNAMED;
    return log->part >= SHIM_LOG_HANDED ? SHIM_LOG_SILENT : SHIM_LOG_UNSTARTED;
}

/* Words that several rows have mean less. */
static void widen(const struct shim_message *message, unsigned *since, unsigned *until)
{
    const struct shim_messages *table;

    *since = message->since;
    *until = message->until;
    for (unsigned t = 0; (table = shim_messages_at(t)) != NULL; t++)
        for (unsigned i = 0; i < table->count; i++) {
            const struct shim_message *row = &table->rows[i];

            if (strcmp(row->words, message->words) != 0)
                continue;
            *since = row->since < *since ? row->since : *since;
            *until = row->until > *until ? row->until : *until;
        }
}

void shim_log_releases(const struct shim_log *log, unsigned *first, unsigned *last)
{
    unsigned since, until;

    *first = SHIM_XEN_OLDEST;
    *last = SHIM_XEN_NEWEST;
    for (uint32_t i = 0; i < log->found_count; i++) {
        if (!log->found[i].message)
            continue;
        widen(log->found[i].message, &since, &until);
        *first = since > *first ? since : *first;
        *last = until < *last ? until : *last;
    }
}
