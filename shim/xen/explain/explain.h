/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a console log shows: how far the last boot in it got, which Xen it was, what it was
 * given, and which message gives the reason that it went no further.
 */
#ifndef DTSHIM_XEN_EXPLAIN_EXPLAIN_H
#define DTSHIM_XEN_EXPLAIN_EXPLAIN_H

#include <dtshim/arena.h>
#include <dtshim/range.h>

#include "shim/xen/explain/messages.h"

enum { SHIM_LOG_BANKS = 64, SHIM_LOG_FOUND = 24, SHIM_LOG_LAST = 3, SHIM_LOG_ID = 32 };

/* A message that was found; its words are in the arena. */
struct shim_log_found {
    const struct shim_message *message; /* NULL: an error from dtshim itself */
    const char *words;
    uint32_t line;
    struct shim_taken taken;
    bool passed;            /* the boot went on in spite of it */
    char id[SHIM_LOG_ID];   /* of dtshim's error */
    const char *remedy;     /* likewise, and the log's; NULL: it lacks */
};

struct shim_log_banks {
    uint32_t count; /* that the log has; the first SHIM_LOG_BANKS are here */
    struct shim_range at[SHIM_LOG_BANKS];
};

struct shim_log_words {
    const char *words;
    uint32_t line;
};

struct shim_log {
    uint32_t lines;
    uint32_t boots, boot;     /* how many there are, and which one this is, from 1 */
    uint32_t first;           /* its first line */
    enum shim_log_part part;
    unsigned release;         /* as shim_scan_release() has it; 0: not given */
    const char *version;      /* in words; NULL */
    const char *line;         /* Xen's command line; NULL */
    struct shim_log_banks dom0, ram;
    struct shim_range promise; /* dtshim's; of size 0: none */
    struct shim_range image, tree, kernel, ramdisk; /* of size 0 a place alone */
    bool stub;                /* Xen was started by its own UEFI stub */
    bool other;               /* dtshim started another hypervisor than Xen */
    uint32_t words_of_other;  /* pieces that were printed after that */
    bool has_image, has_tree, has_kernel, has_ramdisk;
    bool xens_panic, panic_is_xens; /* the next words give the reason, those after "(XEN) " */
    const char *panic;        /* Xen's own reason; NULL */
    struct shim_log_found found[SHIM_LOG_FOUND]; /* the last ones */
    uint32_t found_count;
    struct shim_log_words last[SHIM_LOG_LAST];      /* of anybody, the latest first */
    struct shim_log_words xens_last[SHIM_LOG_LAST];
};

/* What it comes to. */
enum shim_log_verdict {
    SHIM_LOG_NONE,      /* no console log of a boot */
    SHIM_LOG_STOPPED,   /* for a known reason: shim_log_why() */
    SHIM_LOG_UNNAMED,   /* Xen or Linux ended, or the log did, for no known reason */
    SHIM_LOG_SILENT,    /* something was started and prints nothing */
    SHIM_LOG_UNSTARTED, /* the log ends before anything was started */
    SHIM_LOG_BARE,      /* Linux runs, and no Xen below it */
    SHIM_LOG_OTHER,     /* dtshim started another hypervisor, and something prints */
    SHIM_LOG_BOOTED,    /* dom0 was started, and nothing is known to be wrong */
};

/* Reads all of it, any bytes; SHIM_E_MEMORY. The arena takes about twice `len`. */
bool shim_log_read(struct shim_log *log, const char *bytes, size_t len, struct shim_arena *arena);

__attribute__((pure))
enum shim_log_verdict shim_log_verdict(const struct shim_log *log);

/* Is there any output from Xen? */
__attribute__((pure))
bool shim_log_shows_xen(const struct shim_log *log);

/* The message with the reason that it went no further; NULL: none has it. */
__attribute__((pure))
const struct shim_log_found *shim_log_why(const struct shim_log *log);

/* The ids that it may be, packed. */
static inline const char *shim_log_ids(const struct shim_log_found *found)
{
    return found->message ? found->message->ids : found->id;
}

/*
 * The releases that the messages of the boot leave possible if no line states it: minor numbers;
 * the last before the first: none, of a fork.
 */
void shim_log_releases(const struct shim_log *log, unsigned *first, unsigned *last);

#endif
