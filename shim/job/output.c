// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What comes of a plan: its edits, its size, its bytes, and whether Xen would do as it says. */
#include "shim/base/mem.h"
#include "shim/job/decide.h"
#include "shim/job/recognise.h"
#include "shim/job/record.h"
#include "shim/xen/domain/given.h"

enum { SLACK_KEPT = 16 << 10 };

/* ---- its size ---------------------------------------------------------------------- */

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

enum shim_code shim_job_write(struct shim_job *job, struct shim_error *error)
{
    job->contract->write(&job->plan, &job->edits, shim_write_record);
    if (job->arena.full)
        return shim_no_room(error, "left for the words or the edits of this plan");
    job->slack = slack_of(job);
    job->size = shim_splice_size(&job->edits, job->slack);
    return check_size(job, error);
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

/* `scratch` gets the index of what was written. */
static enum shim_code write_checked(const struct shim_edits *edits, uint32_t slack, void *out,
                                    size_t room, struct shim_tree *written,
                                    struct shim_arena *scratch, struct shim_error *error)
{
    size_t size = 0;
    enum shim_code code = shim_splice(edits, slack, out, room, &size, error);

    return code ? code : shim_tree_check(written, out, size, scratch, error);
}

/* `size` bytes as numbers, each turned before the next one comes; a tree is a multiple of 8 long. */
static uint64_t sum_of(const void *out, size_t size)
{
    const uint64_t *at = out;
    uint64_t sum = size;

    for (size_t i = 0; i < size / sizeof(*at); i++)
        sum = (sum << 7 | sum >> 57) + at[i];
    return sum;
}

/* The bytes follow from the plan: those that were checked need it no more. */
static bool write_again(const struct shim_job *job, void *out, size_t room,
                        struct shim_error *error)
{
    size_t size;

    return job->promised && !shim_splice(&job->edits, job->slack, out, room, &size, error) &&
           sum_of(out, size) == job->sum;
}

static enum shim_code write_promised(struct shim_job *job, void *out, size_t room,
                                     struct shim_arena *scratch, struct shim_error *error)
{
    struct shim_tree *written = shim_alloc(scratch, 1, sizeof(*written)); /* much for a stack */
    enum shim_code code;

    if (!written)
        return shim_no_room(error, "for the tree that was written");
    code = write_checked(&job->edits, job->slack, out, room, written, scratch, error);
    if (code || !job->contract->promise)
        return code;
    code = job->contract->promise(&job->plan, written, scratch, error);
    job->promised = !code;
    job->sum = sum_of(out, job->size);
    return code;
}

enum shim_code shim_job_apply(struct shim_job *job, void *out, size_t room, size_t *len,
                              struct shim_error *error)
{
    struct shim_arena scratch = job->arena;
    enum shim_code code;

    if (job->unchanged)
        return copy_input(job, out, room, len, error);
    code = write_again(job, out, room, error)
               ? SHIM_OK : write_promised(job, out, room, &scratch, error);
    if (!code)
        *len = job->size;
    return code;
}

enum shim_code shim_job_prove(struct shim_job *job, struct shim_error *error)
{
    struct shim_arena scratch = job->arena;
    void *out;

    if (!job->contract->promise)
        return SHIM_OK;
    out = shim_alloc(&scratch, job->size, 1);
    if (!out)
        return shim_no_room(error, "to look at what Xen would do");
    return write_promised(job, out, job->size, &scratch, error);
}

enum shim_code shim_job_apply_domain(struct shim_job *job, void *out, size_t room, size_t *len,
                                     struct shim_error *error)
{
    struct shim_arena scratch = job->arena;
    struct shim_tree written;
    enum shim_code code = write_checked(&job->plan.given->tree, 0, out, room, &written, &scratch,
                                        error);

    if (!code)
        *len = written.total;
    return code;
}
