/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_EXPLAIN_H
#define DTSHIM_CLI_EXPLAIN_H

#include "file.h"
#include "shim/job/explain.h"

/* A log, and the tree beside it if there is one. */
struct explained {
    struct file log_file, tree_file; /* tree_file.name NULL: there is none */
    struct shim_log log;
    struct shim_job job;
    struct shim_booted booted[2];
    struct shim_outlook outlooks[2];  /* one for each release that it may be */
    unsigned outlook_count;
    const struct shim_outlook *outlook; /* that the log agrees with, or else the first; NULL */
    struct shim_error error;          /* why there are none */
    struct shim_arena arena;
};

/* doc/reference/explain.schema.json */
void json_explained(struct explained *explained);

#endif
