/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Xen does with the tree of a job as it stands, by what the job knows of the boot. */
#ifndef DTSHIM_JOB_FORECAST_H
#define DTSHIM_JOB_FORECAST_H

#include "shim/job/job.h"
#include "shim/model/forecast.h"

/*
 * Of an open job; nothing of it is planned or changed but its arena, in which the forecast
 * lives. Xen's place is that of its part of job->facts.payload, or else of its node in /chosen
 * ("dtshim,hypervisor"); the tree's is job->facts.tree. Where they say nothing it is not known.
 * Errors: SHIM_E_POLICY when the policy cannot be read, SHIM_E_MEMORY.
 */
enum shim_code shim_job_forecast(struct shim_job *job, const struct shim_release *release,
                                 bool with_tree, struct shim_forecast *forecast,
                                 struct shim_error *error);

#endif
