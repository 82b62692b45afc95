// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/job.h"

#include "shim/base/mem.h"
#include "shim/job/decide.h"
#include "shim/job/contracts.h"
#include "shim/xen/modules.h"
#include "shim/xen/domain/given.h"

enum { SLACK_KEPT = 16 << 10 };

static const char remedy_record[] =
    "start from the original tree, or ask for what the record says";

/* ---- a tree that was rewritten before ------------------------------------------- */

static enum shim_code recognise(struct shim_job *job, uint32_t record,
                                const struct shim_policy *own, struct shim_error *error)
{
    const char *version = shim_string(shim_prop(&job->tree, record, SHIM_PROP_VERSION));
    const char *differs = shim_policy_difference(own, &job->policy);

    if (!version || strcmp(version, SHIM_VERSION) != 0)
        return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", "version", remedy_record,
                         "was rewritten by version %s, this is " SHIM_VERSION,
                         version ? version : "unknown");
    if (differs)
        return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim", differs, remedy_record,
                         "the tree was rewritten under another policy");
    job->recognised = true;
    return SHIM_OK;
}

/*
 * The tree's policy with the caller's on top; a record must agree with it. Not
 * inlined: its copy of the policy need not lie below the passes on the stack.
 */
__attribute__((noinline))
static enum shim_code take_policy(struct shim_job *job, const struct shim_policy *over,
                                  struct shim_error *error)
{
    uint32_t record = shim_node_at(&job->tree, "/chosen/dtshim/record");
    struct shim_policy own = shim_policy_default();
    enum shim_code code = shim_policy_from_tree(&own, &job->tree, error);

    if (code)
        return code;
    job->policy = own;
    if (over)
        shim_policy_merge(&job->policy, over);
    return record == SHIM_NONE ? SHIM_OK : recognise(job, record, &own, error);
}

/* A word that found no room is noticed at the end. */
static enum shim_code no_memory(struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room left for the words or the edits of this plan");
}

/* ---- the plan --------------------------------------------------------------------- */

/* Slack of the input is kept up to 16 KiB; the contract may need more. */
static uint32_t slack_of(const struct shim_job *job)
{
    struct shim_edits none;
    size_t packed;
    uint32_t slack = 0;

    shim_edits_init(&none, &job->tree, NULL);
    packed = shim_splice_size(&none, 0);
    if (job->tree.total > packed)
        slack = job->tree.total - (uint32_t)packed;
    if (slack > SLACK_KEPT)
        slack = SLACK_KEPT;
    return slack > job->contract->slack_min ? slack : job->contract->slack_min;
}

/* What the contract takes, or else the room that the tree was placed in; 0: no limit. */
static uint64_t most_of(const struct shim_job *job)
{
    const struct shim_module *tree = shim_module_of(&job->plan, SHIM_MODULE_TREE);

    if (job->contract->tree_max)
        return job->contract->tree_max;
    return tree && tree->placed ? tree->room : 0;
}

static enum shim_code check_size(const struct shim_job *job, struct shim_error *error)
{
    uint64_t most = most_of(job);

    if (most && job->size > most)
        return shim_fail(error, SHIM_E_TOO_LARGE, "", NULL,
                         "remove from the tree what the board does not have",
                         "the output would have %llu bytes, %s takes at most %s",
                         SHIM_X(job->size), job->contract->who,
                         SHIM_SIZE(most));
    return SHIM_OK;
}

enum shim_code shim_job_plan(struct shim_job *job, const void *blob, size_t avail,
                             const struct shim_policy *over, const struct shim_facts *facts,
                             struct shim_arena arena, struct shim_error *error)
{
    struct shim_arena start;
    enum shim_code code;

    *job = (struct shim_job){ .arena = arena, .facts = *facts };
    code = shim_tree_index(&job->tree, blob, avail, SHIM_XEN_NAMES, &job->arena, error);
    if (!code)
        code = take_policy(job, over, error);
    if (code)
        return code;
    job->contract = shim_contracts[job->policy.value[SHIM_POLICY_CONTRACT]];
    shim_start_plan(job);
    shim_edits_init(&job->edits, &job->tree, &job->arena);
    job->size = job->tree.total;
    job->unchanged = job->recognised || !job->contract->write;
    if (job->unchanged)
        return SHIM_OK;
    shim_start_board(job, true);
    code = shim_survey_memory(&job->board, error);
    if (!code)
        code = shim_survey(&job->board, error);
    if (code)
        return code;
    start = job->arena;
    code = shim_decide(job, &start, error);
    if (code) {
        shim_find_way_out(job, &start, error);
        return code;
    }
    job->contract->write(&job->plan, &job->edits);
    if (job->arena.full)
        return no_memory(error);
    job->slack = slack_of(job);
    job->size = shim_splice_size(&job->edits, job->slack);
    return check_size(job, error);
}

/* ---- the facts ------------------------------------------------------------------------ */

static struct shim_range range_at(struct shim_span pairs, size_t i)
{
    return (struct shim_range){ shim_be64(pairs.at + 16 * i), shim_be64(pairs.at + 16 * i + 8) };
}

/* One machine block, or several that make up dom0's memory together. */
static bool take_machine_blocks(struct shim_plan *plan, struct shim_span recorded)
{
    size_t count = recorded.len / 16;
    uint64_t left = plan->dom0.size;

    if (recorded.len % 16 || count > SHIM_BLOCKS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct shim_range block = range_at(recorded, i);

        if (shim_range_wraps(block) || block.size > left)
            return false;
        plan->blocks[i] = block;
        left -= block.size;
    }
    plan->machine_base = count ? plan->blocks[0].base : plan->dom0.base;
    plan->block_count = count > 1 ? (uint32_t)count : 0;
    return !count || !left;
}

/* A tree that was rewritten says itself where dom0's memory is. */
static void take_recorded_block(struct shim_job *job)
{
    uint32_t record = shim_node_at(&job->tree, "/chosen/dtshim/record");
    struct shim_plan *plan = &job->plan;
    struct shim_span block = { 0 };

    if (record != SHIM_NONE)
        block = shim_prop_named(&job->tree, record, "dom0-memory");
    if (block.len != 16)
        return;
    plan->dom0 = range_at(block, 0);
    plan->machine_base = plan->dom0.base;
    if (shim_range_wraps(plan->dom0) ||
        !take_machine_blocks(plan, shim_prop_named(&job->tree, record, "machine-block"))) {
        plan->dom0.size = 0;
        plan->block_count = 0;
    }
    if (plan->machine_base != plan->dom0.base || plan->block_count)
        plan->layout = SHIM_LAYOUT_OFFSET;
}

static enum shim_code gather(struct shim_board *board, struct shim_error *error)
{
    enum shim_code code = shim_survey_memory(board, error);

    if (code == SHIM_E_NO_RAM)
        code = SHIM_OK;
    return code ? code : shim_survey(board, error);
}

enum shim_code shim_job_facts(struct shim_job *job, const void *blob, size_t avail,
                              const struct shim_policy *over, struct shim_arena arena,
                              struct shim_error *error)
{
    struct shim_policy own = shim_policy_default();
    enum shim_code code;

    *job = (struct shim_job){ .arena = arena };
    code = shim_tree_index(&job->tree, blob, avail, SHIM_XEN_NAMES, &job->arena, error);
    if (!code)
        code = shim_policy_from_tree(&own, &job->tree, error);
    if (code)
        return code;
    job->policy = own;
    if (over)
        shim_policy_merge(&job->policy, over);
    job->contract = shim_contracts[job->policy.value[SHIM_POLICY_CONTRACT]];
    shim_start_board(job, false);
    shim_start_plan(job);
    take_recorded_block(job);
    code = gather(&job->board, error);
    return !code && job->arena.full ? no_memory(error) : code;
}

/* ---- the output --------------------------------------------------------------------- */

static enum shim_code copy_input(const struct shim_job *job, void *out, size_t room,
                                 size_t *len, struct shim_error *error)
{
    if (room < job->tree.total)
        return shim_fail(error, SHIM_E_BUFFER, "", NULL, "give a larger output buffer",
                         "the output needs %u bytes, the buffer has %llu", job->tree.total,
                         SHIM_X(room));
    memcpy(out, job->tree.blob, job->tree.total);
    *len = job->tree.total;
    return SHIM_OK;
}

static enum shim_code write_checked(const struct shim_job *job, const struct shim_edits *edits,
                                    uint32_t slack, void *out, size_t room, size_t *len,
                                    struct shim_error *error)
{
    struct shim_arena scratch = job->arena;
    struct shim_tree written;
    size_t size = 0;
    enum shim_code code = shim_splice(edits, slack, out, room, &size, error);

    if (!code)
        code = shim_tree_check(&written, out, size, &scratch, error);
    if (!code)
        *len = size;
    return code;
}

enum shim_code shim_job_apply(struct shim_job *job, void *out, size_t room, size_t *len,
                              struct shim_error *error)
{
    if (job->unchanged)
        return copy_input(job, out, room, len, error);
    return write_checked(job, &job->edits, job->slack, out, room, len, error);
}

enum shim_code shim_job_apply_domain(struct shim_job *job, void *out, size_t room, size_t *len,
                                     struct shim_error *error)
{
    return write_checked(job, &job->plan.given->tree, 0, out, room, len, error);
}
