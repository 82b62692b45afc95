/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where a boot loader has to load everything so that a boot copies nothing. */
#ifndef DTSHIM_JOB_LOAD_H
#define DTSHIM_JOB_LOAD_H

#include "shim/job/job.h"

/*
 * Asks a plan where it wants everything, and plans the boot in which everything lies there:
 * job->plan is that plan, and moves nothing. Of `facts` sizes are read: of the stage, of the tree
 * that it is given (with the room to grow that the boot loader needs), and of the parts of
 * the payload that no node in /chosen names. Of a kernel or hypervisor that neither
 * names the size is assumed, and where nothing at all is named also a ramdisk's.
 *
 * On success `facts` say the addresses, and the payload all parts without a node; a module
 * that has one is in job->plan.modules. `blob` must be the caller's own copy of the tree,
 * as `reg` of these nodes is written there; on an error, too.
 *
 * Errors: those of shim_job_open() and shim_job_plan(); SHIM_E_UNSUPPORTED under contract
 * none; SHIM_E_RECORD for a tree that was rewritten before; SHIM_E_PLACEMENT where there are no such places.
 */
enum shim_code shim_load_places(struct shim_job *job, void *blob, size_t avail,
                                const struct shim_policy *over, struct shim_facts *facts,
                                struct shim_arena arena, struct shim_error *error);
#endif
