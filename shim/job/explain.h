/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A console log beside the tree that was booted: what both say. */
#ifndef DTSHIM_JOB_EXPLAIN_H
#define DTSHIM_JOB_EXPLAIN_H

#include "shim/job/forecast.h"
#include "shim/xen/explain/explain.h"

/* The forecast beside the log. */
enum shim_log_match {
    SHIM_MATCH_UNKNOWN, /* the log does not get so far that they could be compared */
    SHIM_MATCH_AGREES,
    SHIM_MATCH_STOP,    /* the log shows a stop, the forecast another one or none */
    SHIM_MATCH_START,   /* dom0 starts in the log, the forecast has a stop */
    SHIM_MATCH_BANKS,   /* dom0 starts in both, with other memory */
    SHIM_MATCH_PAYLOAD, /* the log shows no kernel, and nor does the tree: the forecast is for one */
    SHIM_MATCH_RAM,     /* Xen has read other RAM in the log: that tree was another one */
};

enum { SHIM_LOG_NODES = 4 };

struct shim_log_match_of {
    enum shim_log_match match;
    const struct shim_stop *stop; /* that both have; NULL: none */
};

struct shim_log_match_of shim_log_compare(const struct shim_log *log,
                                          const struct shim_outlook *outlook);

/* What the log knows of the boot, where the caller's facts do not say it; `log` stays. */
void shim_log_fill_facts(const struct shim_log *log, struct shim_facts *facts);

/*
 * The nodes that a message is about: by its words, or those on its interrupt. Returns how many
 * there are, of which the first SHIM_LOG_NODES are told.
 */
uint32_t shim_log_nodes(const struct shim_log_found *found, const struct shim_tree *tree,
                        uint32_t nodes[SHIM_LOG_NODES], struct shim_arena *arena);

/*
 * The rule of check that names one of the ids in that release (minor; 0: any), from row *i on;
 * NULL: no more.
 */
const struct shim_trap *shim_log_rule(const char *ids, unsigned minor, unsigned *i);

/*
 * Why and what to do: of the stop that the forecast has as well, of the message, or of the rule
 * that names it.
 */
struct shim_log_reason {
    const char *why, *remedy;
};
struct shim_log_reason shim_log_reason(const struct shim_log_found *found,
                                       const struct shim_stop *stop);

/* In three parts: the first line; why, where and what to do; what else the log shows. */
void shim_report_log_verdict(const struct shim_sink *sink, const struct shim_log *log);
void shim_report_log(const struct shim_sink *sink, const struct shim_log *log,
                     const struct shim_stop *stop, const struct shim_tree *tree,
                     struct shim_arena *arena);
void shim_report_log_facts(const struct shim_sink *sink, const struct shim_log *log);

/* And what the forecast says beside it, of the tree in `file`. */
void shim_report_log_match(const struct shim_sink *sink, const struct shim_log *log,
                           const struct shim_outlook *outlook, const char *file);

/* The name of it for programs. */
const char *shim_log_verdict_name(enum shim_log_verdict verdict);
const char *shim_log_match_name(enum shim_log_match match);
const char *shim_log_part_name(enum shim_log_part part);

#endif
