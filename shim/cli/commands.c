// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* plan, apply and check: a file in, a report or a file out. */
#include <stdio.h>
#include <stdlib.h>

#include <dtshim/check.h>
#include <dtshim/pass.h>

#include "cli.h"

/* A job on a file; the memory is given back when the process ends. */
static int plan_file(const struct options *options, struct file *file, struct shim_job *job)
{
    static const struct shim_facts host;
    struct shim_error error;

    if (!file_read(options->files[0], file))
        return EXIT_TROUBLE;
    if (shim_job_plan(job, file->bytes, file->len, &options->policy, &host, arena_for(file->len),
                      &error))
        return complain(file->name, &error);
    return EXIT_SAME;
}

int command_plan(const struct options *options)
{
    struct file file;
    struct shim_job job;
    int trouble = plan_file(options, &file, &job);

    if (trouble)
        return trouble;
    if (options->json)
        json_plan(&job);
    else
        shim_report_plan(&to_stdout, &job);
    return EXIT_SAME;
}

int command_apply(const struct options *options)
{
    struct file file;
    struct shim_job job;
    struct shim_error error;
    size_t len;
    void *out;
    int trouble;

    if (!options->output) {
        fputs("dtshim: apply: where to?\n  what to do: add -o OUT, or -o - for standard output\n",
              stderr);
        return EXIT_TROUBLE;
    }
    trouble = plan_file(options, &file, &job);
    if (trouble)
        return trouble;
    out = keep(malloc(job.size));
    if (shim_job_apply(&job, out, out ? job.size : 0, &len, &error))
        return complain(file.name, &error);
    return file_write(options->output, out, len) ? EXIT_SAME : EXIT_TROUBLE;
}

/* ---- check --------------------------------------------------------------------- */

struct breaches {
    const struct file *file;
    const struct shim_tree *tree;
};

static void print_breach(void *self, const struct shim_rule *rule, uint32_t node,
                         const char *words)
{
    const struct breaches *breaches = self;

    printf("%s: %s: %s%s%s\n  why: %s\n  what to do: %s\n", breaches->file->name, rule->id,
           node == SHIM_NONE ? "" : SHIM_PATH(breaches->tree, node),
           node == SHIM_NONE ? "" : ": ", words, rule->why, rule->remedy);
}

static int list_rules(void)
{
    for (unsigned i = 0; i < shim_rule_count; i++)
        printf("%s\n  why: %s\n  what to do: %s\n", shim_rules[i].id, shim_rules[i].why,
               shim_rules[i].remedy);
    return EXIT_SAME;
}

/* The iommu pass alone: the rules need its facts, not a whole plan. */
static enum shim_code prepare_check(struct shim_job *job, const struct file *file,
                                    const struct shim_policy *over, struct shim_error *error)
{
    enum shim_code code;

    *job = (struct shim_job){ .arena = arena_for(file->len), .policy = shim_policy_default() };
    code = shim_tree_check(&job->tree, file->bytes, file->len, &job->arena, error);
    if (!code)
        code = shim_policy_from_tree(&job->policy, &job->tree, error);
    if (code)
        return code;
    shim_policy_merge(&job->policy, over);
    job->plan = (struct shim_plan){ .tree = &job->tree, .policy = &job->policy,
                                    .facts = &job->facts, .arena = &job->arena };
    job->plan.notes_end = &job->plan.notes;
    return shim_pass_iommu(&job->plan, error);
}

int command_check(const struct options *options)
{
    struct file file;
    struct shim_job job;
    struct shim_error error;
    struct breaches breaches = { .file = &file, .tree = &job.tree };
    struct shim_check check = { .tree = &job.tree, .policy = &job.policy, .plan = &job.plan,
                                .breach = print_breach, .self = &breaches };

    if (options->list_rules)
        return list_rules();
    if (!file_read(options->files[0], &file))
        return EXIT_TROUBLE;
    if (prepare_check(&job, &file, &options->policy, &error))
        return complain(file.name, &error);
    shim_check_all(&check);
    return check.broken ? EXIT_DIFFERENT : EXIT_SAME;
}
