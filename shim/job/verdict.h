/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What came of it, in one line. */
#ifndef DTSHIM_JOB_VERDICT_H
#define DTSHIM_JOB_VERDICT_H

#include "shim/base/sink.h"
#include "shim/job/job.h"

/* Of a planned job: what dom0 gets, who reaches it, and what it costs. */
void shim_report_outcome(const struct shim_sink *sink, const struct shim_job *job);

/* Of one that was refused ("no plan"): why, and what works if that is known. */
void shim_report_refusal(const struct shim_sink *sink, const char *what,
                         const struct shim_error *error);

#endif
