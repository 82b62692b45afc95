/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The host tool. It may use a whole C library; it decides nothing itself. */
#ifndef DTSHIM_CLI_H
#define DTSHIM_CLI_H

#include <dtshim/policy.h>

/* As in diff(1): nothing to report, something to report, trouble. The worst one wins. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

/* The commands, and sets of them. */
enum { PLAN = 1, APPLY = 2, FORECAST = 4, DIFF = 8, CHECK = 16, EXPLAIN = 32, COMMANDS = 6 };

/* What can be said of what is loaded: --stage FILE and so on. */
enum loaded { LOADED_STAGE, LOADED_XEN, LOADED_KERNEL, LOADED_RAMDISK, LOADED_FILES };

enum { OVERLAYS_MAX = 64 };

struct options {
    const char *const *files;
    unsigned file_count;
    const char *overlays[OVERLAYS_MAX]; /* to be merged into each file, in this order */
    unsigned overlay_count;
    const char *output;
    enum { ASKED_NOTHING, ASKED_HELP, ASKED_VERSION } asked; /* instead of the command */
    unsigned jobs; /* files at once; 0: not given */
    const char *beside; /* of check --live: the tree that Xen was given; NULL: not given */
    const char *live; /* the folder that stands for /; NULL: not given */
    bool json;
    bool verbose, quiet;
    bool list_rules;
    bool load_addresses;
    bool map; /* of plan: a picture in place of the page */
    const char *entry; /* the way into Xen, as it was typed; NULL: not given */
    const char *efi_map; /* a file; NULL: not given */
    const char *tree_at; /* as it was typed; NULL: not given */
    const char *at[LOADED_FILES]; /* --xen-at and so on */
    const char *loaded[LOADED_FILES]; /* NULL: not given */
    struct shim_policy policy;
};

#endif
