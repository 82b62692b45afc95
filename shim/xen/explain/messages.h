/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What firmware, U-Boot, Xen and dom0's Linux print when something goes wrong. A message of
 * Xen that the model forecasts has the model's name for that stop, and no words of its own
 * if a rule of check has some.
 */
#ifndef DTSHIM_XEN_EXPLAIN_MESSAGES_H
#define DTSHIM_XEN_EXPLAIN_MESSAGES_H

#include <stddef.h>

#include "shim/model/release.h"
#include "shim/xen/explain/match.h"

/* How far a boot got. */
enum shim_log_part {
    SHIM_LOG_NOTHING,
    SHIM_LOG_LOADER,     /* firmware or U-Boot */
    SHIM_LOG_HANDED,     /* U-Boot started what it was asked to start */
    SHIM_LOG_STAGE,      /* dtshim, or Xen's EFI part */
    SHIM_LOG_HANDED_XEN, /* dtshim started Xen */
    SHIM_LOG_XEN,
    SHIM_LOG_BUILDING,   /* Xen builds dom0 */
    SHIM_LOG_STARTED,    /* dom0 runs */
    SHIM_LOG_LINUX,      /* and says something */
    SHIM_LOG_USER,       /* its init runs */
};

enum shim_message_kind {
    SHIM_MESSAGE_NOTE,  /* the boot goes on */
    SHIM_MESSAGE_END,   /* it ends there, for a reason that was printed before */
    SHIM_MESSAGE_CAUSE, /* what went wrong */
};

struct shim_message {
    const char *words;  /* match.h */
    const char *ids;    /* packed: of stops of the model, which it may be, or one of its own */
    uint8_t kind;       /* enum shim_message_kind */
    uint8_t part;       /* enum shim_log_part: whose it is */
    uint8_t since, until; /* releases of Xen that have the words; others: SHIM_LOG_ANY */
    const char *source; /* function and file that print it */
    const char *why, *remedy; /* NULL: those of the rule that names the stop */
};

#define SHIM_LOG_ANY SHIM_XEN_OLDEST, SHIM_XEN_NEWEST

/* Tables by the program that prints, each with its number of rows. */
struct shim_messages {
    const struct shim_message *rows;
    unsigned count;
};

extern const struct shim_messages shim_loader_messages, shim_early_messages, shim_dom0_messages,
    shim_device_messages, shim_linux_messages;

/* Table by table; NULL after the last. */
__attribute__((pure))
const struct shim_messages *shim_messages_at(unsigned table);

/* ---- words that tell how far the boot is, or a fact ---------------------------------------- */

enum shim_log_fact {
    SHIM_FACT_NONE,
    SHIM_FACT_RELEASE,
    SHIM_FACT_STUB, /* the same, said by Xen's UEFI stub */
    SHIM_FACT_LINE,     /* Xen's command line */
    SHIM_FACT_BANK,     /* of dom0 */
    SHIM_FACT_RAM,
    SHIM_FACT_PLACES,   /* where Xen and the tree are, */
    SHIM_FACT_OTHER,    /* or another hypervisor */
    SHIM_FACT_XEN,      /* where it was, and where it is moved to */
    SHIM_FACT_XEN_AT,   /* begin and end */
    SHIM_FACT_TREE,
    SHIM_FACT_KERNEL,
    SHIM_FACT_RAMDISK,
    SHIM_FACT_PROMISE,  /* dtshim's: dom0's first bank */
    SHIM_FACT_PANIC,    /* Xen's reason is the next thing that it prints */
};

struct shim_log_mark {
    const char *words;
    uint8_t part;   /* enum shim_log_part: the boot is there; nothing: it does not tell */
    uint8_t begins; /* a banner, and its place among those of a boot; 0: it is not one */
    uint8_t fact;   /* enum shim_log_fact */
};

extern const struct shim_log_mark shim_log_marks[];
extern const unsigned shim_log_mark_count;

#endif
