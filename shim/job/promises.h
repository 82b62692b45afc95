/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the record promises dom0, held against the tree that dom0 has, and its Linux. */
#ifndef DTSHIM_JOB_PROMISES_H
#define DTSHIM_JOB_PROMISES_H

#include "shim/job/iomem.h"
#include "shim/job/job.h"
#include "shim/xen/check.h"

/*
 * Of an open job on dom0's tree, which it surveys: tells check->breach, which the caller fills
 * in with check->self, of each promise that does not hold. `applied` is the tree that Xen was
 * given, for what only it says; NULL: it is not at hand.
 * Errors: SHIM_E_RECORD where the tree has no record; SHIM_E_MEMORY; those of shim_survey().
 */
enum shim_code shim_check_promises(struct shim_job *job, const struct shim_iomem *iomem,
                                   const struct shim_tree *applied, struct shim_check *check,
                                   struct shim_error *error);

#endif
