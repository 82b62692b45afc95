/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* dom0's tree beside the one that Xen was given: what Xen hands on has to be the same. */
#ifndef DTSHIM_JOB_APPLIED_H
#define DTSHIM_JOB_APPLIED_H

#include "shim/job/job.h"
#include "shim/xen/check.h"

/* Of the record, tags, windows, on-chip memory and dom0's command line. Errors: SHIM_E_MEMORY. */
enum shim_code shim_check_applied(struct shim_job *job, const struct shim_tree *applied,
                                  struct shim_check *check, struct shim_error *error);

#endif
