/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The whole way from bytes to bytes:
 *
 *     bytes --check+index--> tree --passes--> plan --contract--> edits --splice--> bytes
 *
 * A job runs it once, in three steps: shim_job_open() reads what there is, shim_job_plan()
 * decides everything, and its plan and edits can be shown, measured or thrown away;
 * shim_job_apply() writes. Between the first two a caller that runs on the machine may look
 * at the tree, the policy and the board's RAM, and fill in what only the machine knows.
 */
#ifndef DTSHIM_JOB_JOB_H
#define DTSHIM_JOB_JOB_H

#include "shim/native/plan.h"
#include "shim/plan/contract.h"
#include "shim/plan/record.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/plan.h"

struct shim_booted;

struct shim_job {
    struct shim_arena arena;   /* what is left of it, */
    struct shim_arena surveyed; /* and was before what is planned */
    struct shim_tree tree;     /* its nodes NULL: it cannot be read */
    struct shim_policy policy; /* the tree's, with the caller's on top */
    struct shim_record record; /* the tree's, of what was done to it before */
    struct shim_facts facts;
    struct shim_error unsound; /* what is wrong with policy or record, for plan to say */
    struct shim_error no_ram;  /* why the board's memory is not known, likewise */
    struct shim_error told_ram; /* RAM was given that cannot be; the stage still goes by it */
    struct shim_board board;
    struct shim_plan plan;
    struct shim_releases releases; /* of Xen; known once it is planned, surveyed or forecast */
    struct shim_guard guard; /* the contract's, for these releases; known from then on, too */
    struct shim_xen_kinds kinds; /* of the tree, likewise, in contract xen's plan and survey */
    struct shim_xen_plan xen;
    struct shim_given given;
    struct shim_native_plan native;
    struct shim_edits edits;
    const struct shim_contract *contract;
    const struct shim_booted *booted; /* see dtshim_forecast(); NULL: it was not called yet */
    bool recognised; /* the tree carries a record of this very policy */
    bool unchanged;  /* nothing to do: recognised, or contract none */
    bool promised;   /* what comes of the plan was put to the model, and is as planned; */
    uint64_t sum;    /* of its bytes, by which it is known again */
    uint32_t slack;  /* free bytes that the output will end with */
    size_t size;     /* exact size of the output */
};

/*
 * Checks `blob` and reads it: job->tree, its policy with `over` laid on top (NULL: nothing
 * is), its record, and in job->board RAM and what of it is reserved. The blob must outlive
 * the job and is never written. Of `facts` (NULL: none) RAM is read here; all others may as
 * well be put into job->facts later, and memory for it be taken from job->arena.
 *
 * What is wrong with the policy or with RAM is no error yet, for it need not matter: it is
 * kept. The policy is then what could be read of it, and of RAM nothing is known.
 * Errors: those of shim_tree_check(); SHIM_E_OVERLAY for what is none.
 */
enum shim_code shim_job_open(struct shim_job *job, const void *blob, size_t avail,
                             const struct shim_policy *over, const struct shim_facts *facts,
                             struct shim_arena arena, struct shim_error *error);

/*
 * Fills in job->releases: what the policy and the facts say, or the tree's record.
 * Errors: SHIM_E_POLICY, SHIM_E_PAYLOAD, see shim_find_releases().
 */
enum shim_code shim_job_find_releases(struct shim_job *job, struct shim_error *error);

/*
 * Runs the passes and the contract of an open job.
 * Errors: all of policy.h, pass.h and contract.h, also those that were kept; SHIM_E_RECORD
 * when the tree was rewritten before under another policy or by another version.
 */
enum shim_code shim_job_plan(struct shim_job *job, struct shim_error *error);

/*
 * Puts the tree that a planned job would write to the model of what the next stage does, in
 * memory of job->arena that is free again afterwards: for who shows the plan before it is
 * applied. shim_job_apply() does the same with what it writes, where it was not done yet. Of
 * a recognised tree, which stays as it is, the record has to come true.
 * Errors: SHIM_E_PLACEMENT, SHIM_E_RECORD, SHIM_E_MEMORY.
 */
enum shim_code shim_job_promise(struct shim_job *job, struct shim_error *error);

/*
 * Gathers, in place of a plan, what the rules of check.h go by: RAM and what the passes
 * find. Nothing is decided; a tree that does not say RAM is no error, nor is a record of
 * something else. job->plan, job->policy and job->record are then for shim_check_all().
 * Errors: those of shim_policy_from_tree(), and values that the passes cannot read.
 */
enum shim_code shim_job_survey(struct shim_job *job, struct shim_error *error);

/*
 * Writes the planned tree to `out` (8-byte aligned, `room` bytes) and checks
 * it with the same walk as the input. On failure `*len` is untouched, and the
 * caller must not use what is in `out`.
 * Errors: those of shim_splice() and shim_tree_check(); SHIM_E_PLACEMENT where the next
 * stage would not do with it what the plan says.
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
