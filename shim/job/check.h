/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* check: the rules of shim/xen/traps.h, and what the model of Xen says of the tree as it stands. */
#ifndef DTSHIM_JOB_CHECK_H
#define DTSHIM_JOB_CHECK_H

#include "shim/job/job.h"
#include "shim/xen/check.h"

/*
 * Of an open job, which it surveys; the caller fills in who is told, see shim_check. What no
 * one names of the payload is assumed in job->facts, as for a forecast.
 * Errors: those of shim_job_survey(), shim_job_forecast() and shim_check_all().
 */
enum shim_code shim_job_check(struct shim_job *job, struct shim_check *check,
                              struct shim_error *error);

#endif
