/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Two trees compared for people (shim/fdt/diff.h), with the words of dtshim and Xen. */
#ifndef DTSHIM_JOB_CHANGES_H
#define DTSHIM_JOB_CHANGES_H

#include "shim/base/sink.h"
#include "shim/job/job.h"

/*
 * What differs between two trees that were checked, as of shim_diff().
 * Errors: SHIM_E_MEMORY.
 */
enum shim_code shim_report_diff(const struct shim_sink *sink, const struct shim_tree *before,
                                const struct shim_tree *after, struct shim_arena *arena,
                                bool *different, struct shim_error *error);

/*
 * What shim_job_apply() changed, `out` being what it wrote: with a line above that says so, and
 * without the record. Unless `all` is wanted that is a few lines, or how many there are. An
 * arena of shim_memory_for() input and output together has room for it.
 * Errors: those of shim_tree_check().
 */
enum shim_code shim_report_changes(const struct shim_sink *sink, const struct shim_job *job,
                                   const void *out, size_t len, bool all,
                                   struct shim_arena *arena, struct shim_error *error);

#endif
