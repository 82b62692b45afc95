/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A trap is something in a tree that makes it fail on its way through Xen into dom0. All
 * that is known of one is in one row (shim/xen/traps.c): check walks the rows and reports
 * what it finds, apply walks them and corrects it.
 */
#ifndef DTSHIM_XEN_TRAP_TRAP_H
#define DTSHIM_XEN_TRAP_TRAP_H

#include "shim/model/stop.h"
#include "shim/plan/record.h"

struct shim_check;

struct shim_trap {
    const char *id;
    const char *why;      /* what goes wrong otherwise */
    const char *remedy;
    uint8_t since, until; /* the first and the last release that has it, see release.h */
    uint8_t entries;      /* bits 1 << enum shim_xen_entry, of the ways into Xen that have it; 0: all */
    bool alone;           /* if it is found, no other one matters */
    bool alike;           /* it is found likewise whatever the release: it is looked for once */
    const char *stops;    /* ids, packed, of the stops of the model that it names; NULL: none */
    /* Calls shim_breach() for each node that has it. NULL: check does not look for it. */
    void (*find)(struct shim_check *check, const struct shim_trap *trap);
    struct {
        /* Where no edit helps. */
        enum shim_code (*refuse)(const struct shim_plan *plan, struct shim_error *error);
        /* What the plan notes about it, with the reason. Without room for it the arena is full. */
        void (*decide)(struct shim_plan *plan);
        void (*write)(const struct shim_plan *plan, struct shim_edits *edits);
    } mend; /* each may be NULL */
};

/* Where Xen stops with the tree, and which release, or two. */
struct shim_check_stop {
    struct shim_stop stop; /* its node is one of the tree that is checked */
    char why[SHIM_STOP_WORDS]; /* stop.why, which may be in the forecast's arena */
    const struct shim_release *first, *last;
    bool named; /* a rule has reported it */
};

/* dom0's memory is not what the tree's record says, under which release, or two. */
struct shim_check_stray {
    struct shim_range at; /* its first bank; size 0: Xen starts no dom0, */
    bool maybe;           /* or it may be another one */
    uint64_t planned;     /* where the record's begins */
    const struct shim_release *first, *last;
};

/* One run over one tree. The caller fills in all but `broken`. */
struct shim_check {
    const struct shim_tree *tree;
    const struct shim_policy *policy; /* the tree's own, see shim_policy_from_tree() */
    const struct shim_record *record; /* the tree's */
    const struct shim_plan *plan;     /* of shim_job_survey(), with the releases that are asked for */
    /* Called for each breach; `node` may be SHIM_NONE. */
    void (*breach)(void *self, const struct shim_trap *trap, uint32_t node, const char *words);
    void *self;
    struct shim_check_stop *stops; /* that the model forecasts */
    unsigned stop_count;
    struct shim_check_stray *strays; /* likewise, where it does not stop */
    unsigned stray_count;
    struct shim_ranges dom0;       /* its memory, by the same model, where that is known */
    unsigned broken;
};

/* Reports to the caller that the tree has the trap; the words are a format of text.h. */
__attribute__((format(printf, 4, 5)))
void shim_breach(struct shim_check *check, const struct shim_trap *trap, uint32_t node,
                 const char *format, ...);

/* Was the tree rewritten, and for this contract? */
bool shim_was_applied_for(const struct shim_check *check, enum shim_contract_id contract);

/* Does the model forecast a stop with this id at the node? */
bool shim_stops_at(const struct shim_check *check, uint32_t node, const char *id);

/* A xen,domain has taken dom0's place: what Xen does for dom0 does not happen. */
bool shim_has_no_dom0(const struct shim_check *check);

/*
 * Does Xen's command line have a word that matches one of the packed patterns? Its first 15
 * characters count. What is there already is the user's own choice.
 */
bool shim_line_says(const struct shim_tree *tree, const char *patterns);

#endif
