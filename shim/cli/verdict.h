/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The last line of a page, which is all that -q prints. */
#ifndef DTSHIM_CLI_VERDICT_H
#define DTSHIM_CLI_VERDICT_H

#include "cli.h"
#include "shim/job/job.h"

/* Is there one? Not beside what programs read. */
bool tells_verdict(const struct options *options);

/* Of several files it says of which it is, unless `page`: there is a page above it. */
void name_verdict(const struct options *options, const char *name, bool page);

/* What becomes of a planned job. */
void tell_outcome(const struct options *options, const char *name, const struct shim_job *job,
                  bool page);

/* An error, and it in one line; `what` is missing. Returns EXIT_TROUBLE. */
int refuse(const struct options *options, const char *name, const char *what,
           const struct shim_error *error);

#endif
