/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is booted, for forecast and check: by file, by address or by both. */
#ifndef DTSHIM_CLI_BOOTED_H
#define DTSHIM_CLI_BOOTED_H

#include "cli.h"
#include "file.h"
#include "shim/job/job.h"

/* EXIT_SAME, or EXIT_TROUBLE after it was complained of. */
int take_boot(const struct options *options, struct shim_facts *facts);

/*
 * What cannot be with this tree is complained of: two kernels, of which Xen would take one; a file
 * where there is no RAM.
 */
bool contradicts_tree(const struct options *options, const struct file *file,
                      const struct shim_job *job);

#endif
