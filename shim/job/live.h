/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The tree and the RAM of a running Linux. Its tree is the one that firmware handed over, with
 * what this boot has put into it: its ramdisk, EFI's tables, seeds.
 */
#ifndef DTSHIM_JOB_LIVE_H
#define DTSHIM_JOB_LIVE_H

#include "shim/job/iomem.h"
#include "shim/job/job.h"

/* Is it a tree that Xen made, for dom0 or a guest? */
bool shim_made_by_xen(const struct shim_tree *tree);

/*
 * Puts RAM into the facts, for the tree of an open job: the tree's, which /proc/iomem agrees
 * with or has less of; or what that has, where the tree says none or less, or was handed over
 * by EFI. Words say which, and why.
 * Errors: SHIM_E_UNSUPPORTED for a tree that Xen made; SHIM_E_MEMORY.
 */
enum shim_code shim_live_ram(struct shim_facts *facts, struct shim_job *job,
                             const struct shim_iomem *iomem, struct shim_error *error);

/* Takes what this boot alone has put there out of /chosen and /memreserve/ of `blob`, the tree's. */
void shim_live_clean(const struct shim_tree *tree, uint8_t *blob);

#endif
