// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The library for strangers: jobs in memory that they give, of which they see nothing. */
#include <dtshim.h>

#include "shim/job/changes.h"
#include "shim/job/check.h"
#include "shim/job/job.h"
#include "shim/job/report.h"
#include "shim/job/verdict.h"

size_t dtshim_memory_for(size_t blob_size)
{
    return sizeof(struct shim_job) + shim_memory_for(blob_size);
}

enum shim_code dtshim_open(struct shim_job **job, void *memory, size_t len, const void *blob,
                           size_t avail, const struct shim_policy *over,
                           const struct shim_facts *facts, struct shim_error *error)
{
    struct shim_arena arena = shim_arena(memory, len);
    struct shim_job *made = shim_alloc(&arena, 1, sizeof(*made));
    enum shim_code code;

    if (!made)
        return shim_no_room(error, "for a job");
    code = shim_job_open(made, blob, avail, over, facts, arena, error);
    if (!code)
        *job = made;
    return code;
}

enum shim_code dtshim_plan(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code = shim_job_plan(job, error);

    return code ? code : shim_job_promise(job, error);
}

size_t dtshim_size(const struct shim_job *job)
{
    return job->size;
}

enum shim_code dtshim_apply(struct shim_job *job, void *out, size_t room, size_t *len,
                            struct shim_error *error)
{
    return shim_job_apply(job, out, room, len, error);
}

size_t dtshim_domain_size(const struct shim_job *job)
{
    return job->given.tree_size;
}

enum shim_code dtshim_apply_domain(struct shim_job *job, void *out, size_t room, size_t *len,
                                   struct shim_error *error)
{
    return shim_job_apply_domain(job, out, room, len, error);
}

struct shim_range dtshim_dom0(const struct shim_job *job, uint64_t *machine)
{
    if (machine)
        *machine = job->plan.machine_base;
    return job->plan.dom0;
}

/* ---- words --------------------------------------------------------------------------- */

void dtshim_report(const struct shim_job *job, const struct shim_sink *sink)
{
    shim_report_plan(sink, job, false);
    shim_print_string(sink, job->unchanged ? "" : "\n");
    shim_report_outcome(sink, job);
}

void dtshim_report_all(const struct shim_job *job, const struct shim_sink *sink)
{
    shim_report_plan(sink, job, true);
    shim_print_string(sink, job->unchanged ? "" : "\n");
    shim_report_outcome(sink, job);
}

void dtshim_report_verdict(const struct shim_job *job, const struct shim_sink *sink)
{
    shim_report_outcome(sink, job);
}

void dtshim_report_error(const struct shim_error *error, const char *prefix,
                         const struct shim_sink *sink)
{
    shim_report_error(sink, prefix, error);
}

/* Who is told of breaches, and by whom. */
struct listener {
    const struct shim_tree *tree;
    void (*tell)(void *self, const struct shim_broken *broken);
    void *self;
};

static void pass_on(void *self, const struct shim_trap *trap, uint32_t node, const char *words)
{
    const struct listener *listener = self;
    struct shim_path path = { "" };

    if (node != SHIM_NONE)
        path = shim_path(listener->tree, node);
    listener->tell(listener->self, &(struct shim_broken){ trap->id, path.s, words, trap->why,
                                                          trap->remedy });
}

enum shim_code dtshim_check(struct shim_job *job,
                            void (*tell)(void *self, const struct shim_broken *broken),
                            void *self, unsigned *count, struct shim_error *error)
{
    struct listener listener = { &job->tree, tell, self };
    struct shim_check check = { .breach = pass_on, .self = &listener };
    enum shim_code code = shim_job_check(job, &check, error);

    if (!code)
        *count = check.broken;
    return code;
}

enum shim_code dtshim_diff(void *memory, size_t len, const void *before, size_t before_len,
                           const void *after, size_t after_len, const struct shim_sink *sink,
                           bool *different, struct shim_error *error)
{
    struct shim_arena arena = shim_arena(memory, len);
    struct shim_tree first, second;
    enum shim_code code = shim_tree_check(&first, before, before_len, &arena, error);

    if (!code)
        code = shim_tree_check(&second, after, after_len, &arena, error);
    return code ? code : shim_report_diff(sink, &first, &second, &arena, different, error);
}
