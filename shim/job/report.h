/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A plan and an error for people, on whatever takes text. */
#ifndef DTSHIM_JOB_REPORT_H
#define DTSHIM_JOB_REPORT_H

#include "shim/base/sink.h"
#include "shim/job/job.h"

/*
 * The summary, then what hurts, what is done and what was found, each with its reason;
 * `all`: of many devices that are alike each one, and what the summary says already. The
 * verdict (verdict.h) is for the end, where the caller may have more to say before.
 */
void shim_report_plan(const struct shim_sink *sink, const struct shim_job *job, bool all);

/* What is wrong where, what to do, and what works if that is known. `prefix` may be "". */
void shim_report_error(const struct shim_sink *sink, const char *prefix,
                       const struct shim_error *error);

#endif
