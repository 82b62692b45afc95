/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The options: the name, the commands that take it, the help. getopt and --help use this table. */
#ifndef DTSHIM_CLI_OPTION_TABLE_H
#define DTSHIM_CLI_OPTION_TABLE_H

#include <getopt.h>

#include "cli.h"

enum { OPTION_JSON = 0x100, OPTION_RULES, OPTION_VERSION, OPTION_LOAD,
       OPTION_TREE_AT, OPTION_LIVE, OPTION_OVERLAY, OPTION_ENTRY,
       OPTION_EFI_MAP, OPTION_MAP, OPTION_LOADED, OPTION_AT = OPTION_LOADED + LOADED_FILES };
enum { OPTION_POLICY = 0x200 };
enum {
    LOOK_AHEAD = FORECAST | CHECK | EXPLAIN, /* they use the tree as it is */
    OF_FILES = PLAN | APPLY | FORECAST | CHECK,
    ALL = OF_FILES | DIFF | EXPLAIN,
};

struct known {
    struct option option;
    unsigned takers;
    const char *more;     /* of one of them; NULL: nothing */
    const char *argument; /* for the help; NULL: the option has none */
    const char *help;
};

/* The table, then a row for each policy property; `option.name` is NULL after the last one. */
enum { PLAIN_OPTIONS = 22, KNOWN_OPTIONS = PLAIN_OPTIONS + SHIM_POLICY_FIELDS };
struct known known_option(unsigned i);

/* The value in words for the help ("WORD"), and what holds if the policy does not set it; or NULL. */
const char *policy_kind(unsigned field); /* "choice", "bytes", ... */
const char *policy_default(unsigned field);

/* The properties that a forecast uses; the others would change the tree. */
extern const uint32_t forecast_takes;

#endif
