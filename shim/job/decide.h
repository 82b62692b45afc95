/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* From a checked tree and a policy to a plan: a part of the job. */
#ifndef DTSHIM_JOB_DECIDE_H
#define DTSHIM_JOB_DECIDE_H

#include "shim/job/job.h"

/*
 * What the survey goes by; all else of the board is zero. Of a tree that is only looked at
 * nothing is hidden.
 */
void shim_start_board(struct shim_job *job, bool hides);

/* job->kinds, for all that asks Xen's lists of compatibles about the job's tree. */
void shim_find_kinds(struct shim_job *job);

/*
 * What Xen makes of IOMMUs, for a job whose releases are known. For a plan also what it will
 * not give to dom0, if it is for one, and whether Xen can run here at all.
 * Errors: SHIM_E_MEMORY; SHIM_E_UNSUPPORTED.
 */
enum shim_code shim_find_told(struct shim_job *job, bool plan, struct shim_error *error);

/* An empty plan of this job. */
void shim_start_plan(struct shim_job *job);

/*
 * All passes and the contract's decisions, for dom0 at its native base or, under
 * contract xen, at the nearest one that can be had. What was tried before is forgotten:
 * the arena starts at `start` each time.
 * Errors: those of pass.h and contract.h.
 */
enum shim_code shim_decide(struct shim_job *job, const struct shim_arena *start,
                           struct shim_error *error);

/* The edits of what was decided, and the size of what comes of them. Errors: SHIM_E_TOO_LARGE. */
enum shim_code shim_job_write(struct shim_job *job, struct shim_error *error);

/* Of what was written so: would the next stage do what the plan says? See shim_job_promise(). */
enum shim_code shim_job_prove(struct shim_job *job, struct shim_error *error);

/*
 * After a refusal: looks for a change of dom0-base, machine-base or dom0-mem with which
 * there is a plan, or for one of the releases that it would be for, and says it in
 * error->works. The job's plan is spoiled.
 */
void shim_find_way_out(struct shim_job *job, const struct shim_arena *start,
                       struct shim_error *error);

#endif
