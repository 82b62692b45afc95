/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* plan --load-addresses */
#ifndef DTSHIM_CLI_LOAD_H
#define DTSHIM_CLI_LOAD_H

#include "cli.h"
#include "file.h"
#include "shim/job/job.h"

/* Something to load: dtshim itself, the board's tree, or a module. */
struct load {
    char name[16];    /* "stage", "xen", ...: U-Boot's variable is <name>_addr */
    struct shim_range at;
    const char *file; /* on the command line; NULL: none */
    uint32_t node;    /* that says its size; SHIM_NONE: none does */
};
enum { LOADS_MAX = 2 + SHIM_MODULES_MAX };

/* All of that into LOADS_MAX places; returns their number. */
unsigned load_list(const struct options *options, const struct shim_job *job,
                   struct load *list);

/* What --xen FILE says of the Xen that is booted; complains of what is none. */
int load_facts(const struct options *options, struct shim_facts *facts);

/* The plan of a boot with everything in its place; complains otherwise. */
int load_plan(const struct options *options, const struct file *file, struct shim_job *job);

/* Lines for U-Boot's prompt. */
void load_print(const struct options *options, const struct file *file,
                const struct shim_job *job);

#endif
