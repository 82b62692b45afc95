/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A plan and an error for people, on whatever takes text. */
#ifndef DTSHIM_JOB_REPORT_H
#define DTSHIM_JOB_REPORT_H

#include "shim/base/sink.h"
#include "shim/job/job.h"

/* The summary, then every finding, decision and warning with its reason. */
void shim_report_plan(const struct shim_sink *sink, const struct shim_job *job);

/* What is wrong where, what to do, and what works if that is known. `prefix` may be "". */
void shim_report_error(const struct shim_sink *sink, const char *prefix,
                       const struct shim_error *error);

#endif
