/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_JSON_H
#define DTSHIM_CLI_JSON_H

#include "cli.h"
#include "shim/job/job.h"

void json_plan(const struct options *options, const struct shim_job *job);

/* The same as an element of array.h. */
void json_plan_of(const struct options *options, const char *file, const struct shim_job *job);

#endif
