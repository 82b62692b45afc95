/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A tree that was rewritten before: does what its record promises still hold? */
#ifndef DTSHIM_JOB_RECOGNISE_H
#define DTSHIM_JOB_RECOGNISE_H

#include "shim/job/job.h"

/*
 * The record is of this very policy and version. Looks at all that was promised and can be
 * seen: RAM, dom0's block, places, command line, tags. Errors: SHIM_E_RECORD with the node
 * and what differs; SHIM_E_MEMORY; what the survey of IOMMUs cannot read.
 */
enum shim_code shim_check_record(struct shim_job *job, struct shim_error *error);

/*
 * Puts such a tree to the model of Xen, for each release that it was made for, in memory of
 * the job's that is free again afterwards. Errors: SHIM_E_RECORD where Xen would stop, or
 * give dom0 other memory than is recorded; SHIM_E_MEMORY.
 */
enum shim_code shim_check_recorded_boot(struct shim_job *job, struct shim_error *error);

#endif
