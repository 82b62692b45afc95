/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The whole way from bytes to bytes:
 *
 *     bytes --check+index--> tree --passes--> plan --contract--> edits --splice--> bytes
 *
 * A job runs it once. shim_job_plan() does everything but write; its plan and
 * edits can be shown, measured or thrown away. shim_job_apply() writes.
 */
#ifndef DTSHIM_JOB_JOB_H
#define DTSHIM_JOB_JOB_H

#include "shim/native/plan.h"
#include "shim/plan/contract.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/plan.h"

struct shim_job {
    struct shim_arena arena;
    struct shim_tree tree;
    struct shim_policy policy; /* the tree's, with the caller's on top */
    struct shim_facts facts;
    struct shim_board board;
    struct shim_plan plan;
    struct shim_xen_plan xen;
    struct shim_given given;
    struct shim_native_plan native;
    struct shim_edits edits;
    const struct shim_contract *contract;
    bool recognised; /* the tree carries a record of this very policy */
    bool unchanged;  /* nothing to do: recognised, or contract none */
    uint32_t slack;  /* free bytes that the output will end with */
    size_t size;     /* exact size of the output */
};

/*
 * Checks `blob`, runs the passes and the contract. `over` is laid over the
 * policy that the tree itself carries; NULL: nothing is. The blob must outlive the job and is
 * never written.
 *
 * Errors: all of tree.h, policy.h, pass.h and contract.h; SHIM_E_RECORD when
 * the tree was rewritten before under another policy or by another version.
 */
enum shim_code shim_job_plan(struct shim_job *job, const void *blob, size_t avail,
                             const struct shim_policy *over, const struct shim_facts *facts,
                             struct shim_arena arena, struct shim_error *error);

/*
 * Checks `blob` and gathers what the rules of check.h go by: policy, RAM and
 * what the passes find. Nothing is decided; a tree that does not say RAM is no
 * error. job->plan and job->policy are then for shim_check_all().
 * Errors: those of shim_tree_check() and shim_policy_from_tree(), and values
 * that the passes cannot read.
 */
enum shim_code shim_job_facts(struct shim_job *job, const void *blob, size_t avail,
                              const struct shim_policy *over, struct shim_arena arena,
                              struct shim_error *error);

/*
 * Writes the planned tree to `out` (8-byte aligned, `room` bytes) and checks
 * it with the same walk as the input. On failure `*len` is untouched, and the
 * caller must not use what is in `out`.
 * Errors: those of shim_splice() and shim_tree_check().
 */
enum shim_code shim_job_apply(struct shim_job *job, void *out, size_t room, size_t *len,
                              struct shim_error *error);

/*
 * The same for the tree of a xen,domain, a file of its own: job->plan.given->tree_size
 * bytes; 0: the plan has none.
 */
enum shim_code shim_job_apply_domain(struct shim_job *job, void *out, size_t room, size_t *len,
                                     struct shim_error *error);

#endif
