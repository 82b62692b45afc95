// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/job.h"

#include "shim/base/mem.h"
#include "shim/fdt/overlay.h"
#include "shim/job/contracts.h"
#include "shim/job/decide.h"
#include "shim/job/recognise.h"
#include "shim/plan/told_ram.h"
#include "shim/xen/block.h"
#include "shim/xen/modules.h"
#include "shim/xen/told.h"
#include "shim/xen/trap/iommu.h"

static const char remedy_record[] =
    "start from the original tree, or use the policy in the record";

/* ---- open ------------------------------------------------------------------------- */

/* Is a tree that was rewritten before what the policy asks for? */
static void recognise(struct shim_job *job, const struct shim_policy *own)
{
    const char *version = job->record.version;
    const char *differs = shim_policy_difference(own, &job->policy);

    if (!version || strcmp(version, SHIM_VERSION) != 0)
        shim_fail(&job->unsound, SHIM_E_RECORD, "/chosen/dtshim/record", "version",
                  remedy_record, "was rewritten by version %s, this is " SHIM_VERSION,
                  version ? version : "unknown");
    else if (differs)
        shim_fail(&job->unsound, SHIM_E_RECORD, "/chosen/dtshim", differs, remedy_record,
                  "the tree was rewritten with a different policy");
    else
        job->recognised = true;
}

/*
 * The tree's policy with the caller's on top; a record must agree with it. Not
 * inlined: its copy of the policy need not lie below what reads RAM on the stack.
 */
__attribute__((noinline))
static void take_policy(struct shim_job *job, const struct shim_policy *over)
{
    struct shim_policy own = shim_policy_default();
    enum shim_code code = shim_policy_from_tree(&own, &job->tree, &job->unsound);

    job->policy = own;
    if (over)
        shim_policy_merge(&job->policy, over);
    if (!code && job->record.node != SHIM_NONE)
        recognise(job, &own);
}

static void survey_memory(struct shim_job *job)
{
    shim_start_board(job, false);
    job->no_ram = job->told_ram = (struct shim_error){ .code = SHIM_OK };
    if (!shim_survey_memory(&job->board, &job->no_ram))
        job->told_ram.code = shim_check_told_ram(&job->plan, &job->told_ram);
}

enum shim_code shim_job_open(struct shim_job *job, const void *blob, size_t avail,
                             const struct shim_policy *over, const struct shim_facts *facts,
                             struct shim_arena arena, struct shim_error *error)
{
    enum shim_code code;

    *job = (struct shim_job){ .arena = arena };
    if (facts)
        job->facts = *facts;
    code = shim_tree_index(&job->tree, blob, avail, SHIM_XEN_NAMES, &job->arena, error);
    if (!code)
        code = shim_refuse_overlay(&job->tree, error);
    if (code) {
        job->tree.nodes = NULL;
        return code;
    }
    shim_record_read(&job->record, &job->tree);
    take_policy(job, over);
    job->contract = shim_contracts[job->policy.value[SHIM_POLICY_CONTRACT]];
    job->guard = *job->contract->guard;
    shim_start_plan(job);
    survey_memory(job);
    return SHIM_OK;
}

static enum shim_code say(const struct shim_error *kept, struct shim_error *error)
{
    *error = *kept;
    return kept->code;
}

/* A word that found no room is noticed at the end. */
static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "left for the words or the edits of this plan");
}

/* ---- the plan --------------------------------------------------------------------- */

/*
 * All that the contract wants to know. Whether Xen can run there at all comes first: no RAM
 * that anyone might tell would help. A payload that came after open makes a ramdisk
 * dom0's, and then its place is not reserved.
 */
static enum shim_code survey(struct shim_job *job, struct shim_error *error)
{
    bool xen = shim_policy_for(&job->policy, SHIM_CONTRACT_XEN);
    enum shim_code code;

    if (job->no_ram.code && job->no_ram.code != SHIM_E_NO_RAM)
        return say(&job->no_ram, error);
    if (job->told_ram.code)
        return say(&job->told_ram, error);
    shim_find_kinds(job);
    if (xen) {
        code = shim_xen_check_board(&job->plan, error);
        if (code)
            return code;
    }
    if (shim_find_ramdisk(&job->tree, &job->facts).size != job->board.ramdisk.size)
        survey_memory(job);
    if (job->no_ram.code)
        return say(&job->no_ram, error);
    job->board.hides = job->contract->guard->hides; /* from dom0, for whom this is a plan */
    code = xen ? shim_xen_check_ram(&job->plan, error) : SHIM_OK;
    if (!code)
        code = shim_find_told(job, true, error);
    return code ? code : shim_survey(&job->board, error);
}

/* A tree that was made for another Xen than the one at hand. */
static enum shim_code check_recognised(const struct shim_job *job, struct shim_error *error)
{
    struct shim_releases made = shim_releases_recorded(job->record.releases);

    if (job->releases.source != SHIM_RELEASE_IMAGE ||
        shim_releases_have(&made, job->releases.first))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", "xen-version", remedy_record,
                     "was made for Xen %s, and this Xen is %s", SHIM_XEN_OF(&made),
                     SHIM_RELEASE(job->releases.told));
}

enum shim_code shim_job_plan(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code;

    if (job->unsound.code)
        return say(&job->unsound, error);
    code = shim_job_find_releases(job, error);
    if (!code && job->recognised)
        code = check_recognised(job, error);
    if (code)
        return code;
    shim_edits_init(&job->edits, &job->tree, &job->arena);
    job->size = job->tree.total;
    job->unchanged = job->recognised || !job->contract->write;
    if (job->unchanged)
        return job->recognised && job->contract->write ? shim_check_record(job, error) : SHIM_OK;
    code = survey(job, error);
    if (code)
        return code;
    job->surveyed = job->arena;
    code = shim_decide(job, &job->surveyed, error);
    if (code) {
        shim_find_way_out(job, &job->surveyed, error);
        return code;
    }
    return shim_job_write(job, error);
}

/* ---- without a plan ------------------------------------------------------------------ */

/* A tree that was rewritten says itself where dom0's memory is. */
static void take_recorded_memory(struct shim_job *job)
{
    struct shim_plan *plan = &job->plan;
    uint32_t count = shim_record_blocks(&job->record, plan->blocks);

    if (!count)
        return;
    plan->dom0 = job->record.dom0;
    plan->machine_base = plan->blocks[0].base;
    plan->block_count = count > 1 ? count : 0;
    plan->banked = shim_record_is_banked(&job->record);
    if (plan->banked)
        return;
    if (plan->machine_base != plan->dom0.base || plan->block_count)
        plan->layout = SHIM_LAYOUT_OFFSET;
}

enum shim_code shim_job_survey(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code;

    if (job->unsound.code && job->unsound.code != SHIM_E_RECORD)
        return say(&job->unsound, error);
    if (job->no_ram.code && job->no_ram.code != SHIM_E_NO_RAM)
        return say(&job->no_ram, error);
    take_recorded_memory(job);
    code = shim_job_find_releases(job, error);
    shim_find_kinds(job);
    if (!code)
        code = shim_find_told(job, false, error);
    if (!code)
        code = shim_survey(&job->board, error);
    if (!code && job->told_ram.code)
        code = say(&job->told_ram, error);
    return !code && job->arena.full ? no_memory(error) : code;
}
