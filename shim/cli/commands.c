// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* plan, apply and diff: files in, reports or files out. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "file.h"
#include "jobs.h"
#include "json.h"
#include "live.h"
#include "load.h"
#include "map.h"
#include "memory.h"
#include "output.h"
#include "overlay.h"
#include "shim/job/changes.h"
#include "shim/job/report.h"
#include "shim/xen/modules.h"
#include "trouble.h"
#include "verdict.h"

static int out_of_memory(const char *name)
{
    return complain_about(name, "memory", "not enough memory", "give dtshim more memory");
}

/* Overlays come before a tree is rewritten: what they change was not in the plan. */
static int check_original(const struct options *options, const struct file *file,
                          const struct shim_job *job)
{
    if (!options->overlay_count || job->record.node == SHIM_NONE)
        return EXIT_SAME;
    return complain_about(file->name, "record", "was already rewritten, without these overlays",
                          "use apply --overlay on the original tree");
}

/* A job on a file; the memory is given back when the process ends. */
static int plan_file(const struct options *options, const char *path, struct file *file,
                     struct shim_job *job)
{
    struct shim_facts facts;
    struct shim_error error;

    if (!tree_read(options, path, file))
        return EXIT_TROUBLE;
    if (options->load_addresses)
        return load_plan(options, file, job);
    if (load_facts(options, &facts) || live_take(options, file, &facts))
        return EXIT_TROUBLE;
    facts.el2_tree = is_el2_beside(path);
    if (shim_job_open(job, file->bytes, file->len, &options->policy, &facts, arena_for(file->len),
                      &error))
        return refuse(options, file->name, "no plan", &error);
    if (check_original(options, file, job))
        return EXIT_TROUBLE;
    if (!shim_job_plan(job, &error) && !shim_job_promise(job, &error))
        return EXIT_SAME;
    if (facts.el2_tree)
        fprintf(stderr, "dtshim: %s: there is also a tree for EL2 (-el2.dtb): plan that one\n",
                file->name);
    return refuse(options, file->name, "no plan", &error);
}

/* ---- plan ---------------------------------------------------------------------- */

/* Each property that changes, with its old and new value. */
static int print_changes(const struct options *options, const struct file *file,
                         struct shim_job *job)
{
    struct shim_arena arena;
    struct shim_error error;
    size_t len;
    void *out;

    if (job->unchanged)
        return EXIT_SAME;
    out = keep(malloc(job->size));
    arena = arena_for(file->len + job->size);
    if (shim_job_apply(job, out, out ? job->size : 0, &len, &error) ||
        shim_report_changes(&to_stdout, job, out, len, options->verbose, &arena, &error))
        return complain(file->name, &error);
    putchar('\n');
    return EXIT_SAME;
}

/* Where nothing is to be done there is nothing but the outcome to tell. */
static int print_map(const struct options *options, const struct file *file, const struct shim_job *job)
{
    if (!job->unchanged && !map_print(job))
        return out_of_memory(file->name);
    tell_outcome(options, file->name, job, true);
    return EXIT_SAME;
}

static int print_plan(const struct options *options, const struct file *file,
                      struct shim_job *job)
{
    bool several = options->file_count > 1;
    int trouble;

    if (options->json && several) {
        json_plan_of(options, file->name, job);
        return EXIT_SAME;
    }
    if (options->json) {
        json_plan(options, job);
        return EXIT_SAME;
    }
    if (several && !options->quiet)
        printf("%s== %s ==\n", options->load_addresses ? "# " : "", file->name);
    if (options->load_addresses) {
        load_print(options, file, job);
        return EXIT_SAME;
    }
    if (options->map)
        return print_map(options, file, job);
    if (!options->quiet)
        shim_report_plan(&to_stdout, job, options->verbose);
    trouble = options->quiet ? EXIT_SAME : print_changes(options, file, job);
    if (!trouble)
        tell_outcome(options, file->name, job, !options->quiet);
    return trouble;
}

static int plan_one(const struct options *options, const char *path)
{
    struct file file;
    struct shim_job job;
    int trouble = plan_file(options, path, &file, &job);

    return trouble ? trouble : print_plan(options, &file, &job);
}

int command_plan(const struct options *options)
{
    if (options->json && options->file_count > 1)
        array_begin();
    return each_file(options, plan_one);
}

/* ---- apply --------------------------------------------------------------------- */

static bool names_folder(const char *output)
{
    size_t len = strlen(output);

    return len && (output[len - 1] == '/' || is_folder(output));
}

/* Of several files each goes into the folder, under its own name. */
static const char *output_for(const struct options *options, const char *path)
{
    size_t room = strlen(options->output) + 1 + strlen(file_base(path)) + 1;
    char *output;

    if (options->file_count == 1 && !names_folder(options->output))
        return options->output;
    output = keep(malloc(room));
    if (output)
        snprintf(output, room, "%s%s%s", options->output,
                 options->output[strlen(options->output) - 1] == '/' ? "" : "/", file_base(path));
    return output;
}

/* "board.dtb" has its domain's tree beside it, in "board.domain.dtb". */
static const char *domain_output(const char *output)
{
    static const char suffix[] = ".dtb", more[] = ".domain.dtb";
    size_t len = strlen(output), room = len + sizeof(more);
    char *path = keep(malloc(room));

    if (len > sizeof(suffix) - 1 && !strcmp(output + len - (sizeof(suffix) - 1), suffix))
        len -= sizeof(suffix) - 1;
    if (path)
        snprintf(path, room, "%.*s%s", (int)len, output, more);
    return path;
}

/* Another file of the command line would be written to the same place. */
static bool is_taken(const struct options *options, const char *path)
{
    for (unsigned i = 0; options->file_count > 1 && i < options->file_count; i++)
        if (!strcmp(file_base(options->files[i]), file_base(path)))
            return complain_about(options->files[i], "file", "a domain's tree would have the "
                                                             "same name",
                                  "use a command for each, or different directories");
    return false;
}

/* A xen,domain's devices are in a tree of their own, which Xen takes as a module. */
static int make_domain_tree(const struct options *options, const char *name, struct shim_job *job,
                            struct output *tree, const struct output *beside)
{
    size_t size = job->plan.given->tree_size;
    struct shim_error error;
    void *out;

    if (!output_is_file(beside->path))
        return complain_about(name, "output", "there are two trees to write: Xen's and its "
                                              "domain's",
                              "give a file with -o: the domain's tree is written beside it");
    out = keep(malloc(size));
    tree->path = domain_output(beside->path);
    tree->bytes = out;
    if (!tree->path || !out)
        return out_of_memory(name);
    if (is_taken(options, tree->path))
        return EXIT_TROUBLE;
    return shim_job_apply_domain(job, out, size, &tree->len, &error) ? complain(name, &error)
                                                                     : EXIT_SAME;
}

static int make_tree(const struct options *options, const char *name, struct shim_job *job,
                     struct output *tree)
{
    struct shim_error error;
    void *out = keep(malloc(job->size));

    tree->bytes = out;
    if (shim_job_apply(job, out, out ? job->size : 0, &tree->len, &error))
        return refuse(options, name, "no plan", &error);
    return tree->path ? EXIT_SAME : out_of_memory(name);
}

static void tell_domain_tree(const char *name, const struct output *tree, const struct shim_job *job)
{
    const struct shim_module *module = shim_module_of(&job->plan, SHIM_MODULE_DOMAIN_TREE);

    fprintf(stderr, "dtshim: %s: the domain's tree is in %s: load it at 0x%llx\n", name, tree->path,
            SHIM_X(module->to));
}

static int apply_one(const struct options *options, const char *path)
{
    struct output trees[2] = { { .path = NULL }, { .path = output_for(options, path) } };
    struct output *domain = &trees[0], *board = &trees[1];
    struct file file;
    struct shim_job job;
    bool two;
    int trouble = plan_file(options, path, &file, &job);

    if (!trouble)
        trouble = make_tree(options, file.name, &job, board);
    two = !trouble && job.plan.given->tree_size;
    if (two)
        trouble = make_domain_tree(options, file.name, &job, domain, board);
    if (trouble)
        return trouble;
    if (!outputs_write(two ? domain : board, two ? 2 : 1))
        return EXIT_TROUBLE;
    if (two)
        tell_domain_tree(file.name, domain, &job);
    tell_outcome(options, file.name, &job, false);
    return EXIT_SAME;
}

static int by_base(const void *a, const void *b)
{
    return strcmp(file_base(*(const char *const *)a), file_base(*(const char *const *)b));
}

/* Two files of one name would be written to the same place. */
static bool names_differ(const struct options *options)
{
    size_t size = options->file_count * sizeof(*options->files);
    const char **sorted = keep(malloc(size + 1)); /* one file has nothing to differ from */

    if (!sorted) {
        out_of_memory(options->output);
        return false;
    }
    memcpy(sorted, options->files, size);
    qsort(sorted, options->file_count, sizeof(*sorted), by_base);
    for (unsigned i = 1; i < options->file_count; i++) {
        if (by_base(&sorted[i - 1], &sorted[i]))
            continue;
        complain_about(sorted[i], "file", "another file has the same name, and so the same output",
                       "use a command for each, or different directories");
        return false;
    }
    return true;
}

static bool all_named(const struct options *options)
{
    for (unsigned i = 0; i < options->file_count; i++) {
        if (strcmp(options->files[i], "-") != 0)
            continue;
        complain_about("<stdin>", "file", "has no name for its output",
                       "apply it in its own command, with a file for -o");
        return false;
    }
    return true;
}

int command_apply(const struct options *options)
{
    if (!options->output) {
        fputs("dtshim: apply: no output is given\n"
              "  what to do: add -o OUT, or -o - for standard output\n",
              stderr);
        return EXIT_TROUBLE;
    }
    if ((options->file_count > 1 || names_folder(options->output)) &&
        (!all_named(options) || !names_differ(options) || !folder_ready(options->output)))
        return EXIT_TROUBLE;
    return each_file(options, apply_one);
}

/* ---- diff ---------------------------------------------------------------------- */

static bool check_tree(struct shim_tree *tree, const struct file *file, struct shim_arena *arena)
{
    struct shim_error error;

    return !shim_tree_check(tree, file->bytes, file->len, arena, &error) ||
           !complain(file->name, &error);
}

/* With overlays: one file before and after them, or with them beside another. */
static bool read_both(const struct options *options, struct file *a, struct file *b)
{
    if (options->file_count == 1)
        return file_read(options->files[0], a) && tree_read(options, options->files[0], b);
    return tree_read(options, options->files[0], a) && file_read(options->files[1], b);
}

int command_diff(const struct options *options)
{
    struct file a, b;
    struct shim_tree before, after;
    struct shim_arena arena;
    struct shim_error error;
    bool different;

    if (!read_both(options, &a, &b))
        return EXIT_TROUBLE;
    arena = arena_for(a.len + b.len);
    if (!check_tree(&before, &a, &arena) || !check_tree(&after, &b, &arena))
        return EXIT_TROUBLE;
    if (shim_report_diff(&to_stdout, &before, &after, &arena, &different, &error))
        return complain(a.name, &error);
    return different ? EXIT_DIFFERENT : EXIT_SAME;
}
