/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --live: the tree and the RAM of the Linux that runs here, or of one that left copies of both. */
#ifndef DTSHIM_CLI_LIVE_H
#define DTSHIM_CLI_LIVE_H

#include "cli.h"
#include "file.h"
#include "shim/job/iomem.h"
#include "shim/job/job.h"

/* Has the options name the tree of the running Linux as their file; complains otherwise. */
int live_options(struct options *options);

/* Is it a tree that Xen made? */
bool live_is_xens(const struct file *file);

/* /proc/iomem of the folder. */
int live_iomem(const struct options *options, struct shim_iomem *iomem);

/*
 * With --live: RAM goes into the facts, and what only this boot has put into the tree goes
 * out of it. Without: nothing.
 */
int live_take(const struct options *options, const struct file *file, struct shim_facts *facts);

#endif
