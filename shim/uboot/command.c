// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* dtshim plan, apply, diff, forecast, check and help, on trees in memory; boot is in boot_command.c. */
#include "command.h"

#include "boot_command.h"
#include "machine.h"
#include "policy.h"
#include "results.h"
#include "shim/base/mem.h"
#include "shim/job/breaches.h"
#include "shim/job/changes.h"
#include "shim/job/forecast.h"
#include "shim/job/report.h"
#include "shim/job/verdict.h"
#include "shim/job/check.h"
#include "shim/xen/image.h"
#include "shim/xen/modules.h"
#include "trees.h"
#include "trouble.h"
#include "uboot.h"

/* ---- trees --------------------------------------------------------------------------- */

/* What a command works on; `name` is a copy, for variables change. */
struct input {
    char name[NAME_LEN];
    struct blob file;
    struct shim_policy policy;
};

static bool start_input(struct input *input, const char *address)
{
    struct shim_text name = shim_text(input->name, sizeof(input->name));
    void *memory = uboot_memory(POLICY_BYTES);
    struct shim_arena arena = shim_arena(memory, memory ? POLICY_BYTES : 0);

    input->policy = (struct shim_policy){ .given = 0 };
    if (!address)
        address = default_tree();
    shim_text_string(&name, address);
    return address && policy_from_environment(&input->policy, &arena) &&
           tree_read(input->name, &input->file);
}

static int start_job(struct input *input, const char *address, struct shim_job *job)
{
    struct shim_error error;

    if (!start_input(input, address))
        return EXIT_TROUBLE;
    /* Without facts, as the host tool: the same plan. */
    if (shim_job_open(job, input->file.bytes, input->file.len, &input->policy, NULL,
                      memory_for(input->file.len), &error) ||
        shim_job_plan(job, &error))
        return error.code == SHIM_E_MEMORY ? out_of_memory(input->name)
                                           : refuse(input->name, &error);
    return EXIT_SAME;
}

static const char *first(int argc, char *const argv[])
{
    return argc ? argv[0] : NULL;
}

/* ---- plan ------------------------------------------------------------------------------ */

static int print_changes(const struct input *input, struct shim_job *job, bool all)
{
    void *out = uboot_memory(job->size);
    struct shim_arena arena = memory_for(input->file.len + job->size);
    struct shim_error error;
    size_t len;

    if (!out)
        return out_of_memory(input->name);
    if (shim_job_apply(job, out, job->size, &len, &error) ||
        shim_report_changes(&to_console, job, out, len, all, &arena, &error))
        return refuse(input->name, &error);
    return EXIT_SAME;
}

static int run_plan(int argc, char *const argv[])
{
    struct input input;
    struct shim_job job;
    bool all = argc && !strcmp(argv[0], "-v");
    int trouble;

    if (argc - all > 1)
        return -1;
    trouble = start_job(&input, first(argc - all, argv + all), &job);
    if (trouble)
        return trouble;
    shim_report_plan(&to_console, &job, all);
    if (!job.unchanged)
        trouble = print_changes(&input, &job, all);
    if (trouble)
        return trouble;
    uboot_put(job.unchanged ? "" : "\n");
    shim_report_outcome(&to_console, &job);
    return EXIT_SAME;
}

/* ---- apply ----------------------------------------------------------------------------- */

static bool set_domain(const struct shim_job *job, const struct output *output)
{
    const struct shim_module *module = shim_module_of(&job->plan, SHIM_MODULE_DOMAIN_TREE);

    if (!output->domain)
        return uboot_env_set(RESULT_DOMAIN_ADDRESS, NULL) &&
               uboot_env_set(RESULT_DOMAIN_SIZE, NULL) && uboot_env_set(RESULT_DOMAIN_LOAD, NULL);
    return uboot_env_set_hex(RESULT_DOMAIN_ADDRESS, uboot_address(output->domain)) &&
           uboot_env_set_hex(RESULT_DOMAIN_SIZE, output->domain_len) &&
           uboot_env_set_hex(RESULT_DOMAIN_LOAD, module->to);
}

static bool set_results(const char *name, const struct shim_job *job, const struct output *output)
{
    return uboot_env_set_hex(RESULT_ADDRESS, uboot_address(output->tree)) &&
           uboot_env_set_hex(RESULT_SIZE, output->len) && uboot_env_set(RESULT_FROM, name) &&
           (job->unchanged ? uboot_env_set(RESULT_OFFSET, NULL)
                           : uboot_env_set_hex(RESULT_OFFSET, shim_plan_offset(&job->plan))) &&
           set_domain(job, output);
}

static void tell_results(const char *name, const struct shim_job *job,
                         const struct output *output)
{
    shim_print(&to_console, "dtshim: %s: %s, %llu bytes at %s\n", name,
               job->unchanged ? "nothing to do, copied" : "rewritten", SHIM_X(output->len),
               uboot_env(RESULT_ADDRESS));
    if (output->domain)
        shim_print(&to_console, "dtshim: the domain's tree, too: cp.b ${" RESULT_DOMAIN_ADDRESS
                   "} ${" RESULT_DOMAIN_LOAD "} ${" RESULT_DOMAIN_SIZE "} puts it where Xen "
                   "looks for it\n");
}

/* Nothing that U-Boot boots with changes before all of it is there. */
static int run_apply(int argc, char *const argv[])
{
    struct input input;
    struct shim_job job;
    struct output output;
    int trouble = start_job(&input, first(argc, argv), &job);

    if (!trouble)
        trouble = write_output(input.name, &job, &output);
    if (trouble)
        return trouble;
    if (!set_results(input.name, &job, &output))
        return out_of_memory(input.name);
    tell_results(input.name, &job, &output);
    uboot_keep_tree(output.tree, output.domain);
    uboot_work_on(uboot_address(output.tree));
    return EXIT_SAME;
}

/* ---- diff ------------------------------------------------------------------------------ */

struct two_trees {
    char name[2][NAME_LEN];
    struct blob file[2];
    struct shim_tree tree[2];
    struct shim_arena arena;
};

/* What was typed, or of the last apply; or complains. */
static bool name_trees(struct two_trees *two, int argc, char *const argv[])
{
    const char *typed[2] = { argc ? argv[0] : uboot_env(RESULT_FROM),
                             argc > 1 ? argv[1] : uboot_env(RESULT_ADDRESS) };

    for (unsigned i = 0; i < 2; i++) {
        struct shim_text name = shim_text(two->name[i], sizeof(two->name[i]));

        if (!typed[i])
            return !refuse_about("diff", "address", "there are no two trees to compare",
                                 "give two addresses; or give none, and run dtshim apply first");
        shim_text_string(&name, typed[i]);
    }
    return tree_read(two->name[0], &two->file[0]) && tree_read(two->name[1], &two->file[1]);
}

static bool check_trees(struct two_trees *two)
{
    struct shim_error error;

    two->arena = memory_for(two->file[0].len + two->file[1].len);
    for (unsigned i = 0; i < 2; i++)
        if (shim_tree_check(&two->tree[i], two->file[i].bytes, two->file[i].len, &two->arena,
                            &error))
            return !refuse(two->name[i], &error);
    return true;
}

static int run_diff(int argc, char *const argv[])
{
    struct two_trees two = { .name = { "" } };
    struct shim_error error;
    bool different;

    if (!name_trees(&two, argc, argv) || !check_trees(&two))
        return EXIT_TROUBLE;
    if (shim_report_diff(&to_console, &two.tree[0], &two.tree[1], &two.arena, &different, &error))
        return refuse(two.name[0], &error);
    return different ? EXIT_DIFFERENT : EXIT_SAME;
}

/* ---- what is booted ----------------------------------------------------------------------- */

/* As what lies there says; nothing, where there is no RAM for it. */
static const void *payload_at(const struct shim_tree *tree, const char *compatible,
                              struct shim_range *at)
{
    bool lies_there = shim_find_module(tree, compatible, at) && at->size &&
                      uboot_room(at->base) >= at->size;

    return lies_there ? uboot_at(at->base) : NULL;
}

/* booti moves a tree unless fdt_high forbids it; then it stays where it is. */
static bool stays(const struct input *input, struct shim_range *tree)
{
    const char *high = uboot_env("fdt_high");
    unsigned long limit, address;

    if (!high || !uboot_number(high, &limit) || limit != ~0ul ||
        !uboot_number(input->name, &address))
        return false;
    *tree = (struct shim_range){ address, input->file.len };
    return true;
}

/* What is not there yet is not known; the page says so. */
static void gather_facts(const struct input *input, struct shim_job *job)
{
    struct shim_error ignored;
    struct shim_range at;
    const void *bytes = payload_at(&job->tree, "dtshim,hypervisor", &at);

    stays(input, &job->facts.tree);
    if (bytes)
        shim_look_at_hypervisor(&job->facts, bytes, at.size, uboot_machine.bits, at.base, "Xen",
                                &ignored);
    bytes = payload_at(&job->tree, "multiboot,kernel", &at);
    if (bytes)
        shim_look_at_kernel(&job->facts, bytes, at.size);
}

/* ---- check ----------------------------------------------------------------------------- */

static int run_check(int argc, char *const argv[])
{
    struct input input;
    struct shim_job job;
    struct shim_error error;
    enum shim_code code;
    bool all = argc && !strcmp(argv[0], "-v");
    struct shim_breaches breaches = { .sink = &to_console, .tree = &job.tree, .prefix = "",
                                      .all = all };
    struct shim_check check = { .breach = shim_tell_breach, .self = &breaches };

    if (argc - all > 1)
        return -1;
    if (!start_input(&input, first(argc - all, argv + all)))
        return EXIT_TROUBLE;
    code = shim_job_open(&job, input.file.bytes, input.file.len, &input.policy, NULL,
                         memory_for(2 * input.file.len), &error);
    if (!code) {
        gather_facts(&input, &job);
        code = shim_job_check(&job, &check, &error);
    }
    if (code)
        return error.code == SHIM_E_MEMORY ? out_of_memory(input.name)
                                           : refuse(input.name, &error);
    shim_end_breaches(&breaches);
    if (breaches.count)
        shim_report_breaches(&to_console, &breaches);
    return breaches.count ? EXIT_DIFFERENT : EXIT_SAME;
}

/* ---- forecast -------------------------------------------------------------------------- */

/* In the job's memory, which is free again afterwards. */
static enum shim_code print_forecast(struct shim_job *job, const struct shim_booted *booted,
                                     const struct shim_release *release, bool *stops,
                                     struct shim_error *error)
{
    struct shim_arena before = job->arena;
    struct shim_outlook *outlook = shim_alloc(&job->arena, 1, sizeof(*outlook));
    enum shim_code code = outlook ? shim_job_forecast(job, booted, release, false, outlook, error)
                                  : shim_no_room(error, "for a forecast");

    if (code)
        return code;
    shim_report_verdict(&to_console, outlook);
    shim_report_details(&to_console, outlook, NULL);
    *stops |= outlook->forecast.stop != NULL;
    job->arena = before;
    return SHIM_OK;
}

static enum shim_code print_forecasts(struct shim_job *job, bool *stops, struct shim_error *error)
{
    const struct shim_releases *releases = &job->releases;
    struct shim_booted booted;
    enum shim_code code = shim_job_find_releases(job, error);

    shim_job_assume(job);
    if (!code)
        code = shim_job_boot(job, &booted, error);
    if (!code)
        code = print_forecast(job, &booted, releases->first, stops, error);
    if (code || releases->last == releases->first)
        return code;
    uboot_put("\n");
    return print_forecast(job, &booted, releases->last, stops, error);
}

static int run_forecast(int argc, char *const argv[])
{
    struct input input;
    struct shim_job job;
    struct shim_error error;
    bool stops = false;
    enum shim_code code;

    if (!start_input(&input, first(argc, argv)))
        return EXIT_TROUBLE;
    code = shim_job_open(&job, input.file.bytes, input.file.len, &input.policy, NULL,
                         memory_for(input.file.len), &error);
    if (!code) {
        gather_facts(&input, &job);
        code = print_forecasts(&job, &stops, &error);
    }
    if (code)
        return code == SHIM_E_MEMORY ? out_of_memory(input.name) : refuse(input.name, &error);
    return stops ? EXIT_DIFFERENT : EXIT_SAME;
}

/* ---- the command ----------------------------------------------------------------------- */

static int run_help(int argc, char *const argv[])
{
    (void)argc;
    (void)argv;
    uboot_put("dtshim " SHIM_VERSION ": help dtshim lists the commands\n");
    policy_help();
    return EXIT_SAME;
}

static const struct {
    const char *name;
    int most; /* arguments */
    int (*run)(int argc, char *const argv[]);
} commands[] = {
    { "plan", 2, run_plan },   { "apply", 1, run_apply }, { "diff", 2, run_diff },
    { "forecast", 1, run_forecast }, { "check", 2, run_check }, { "boot", 3, run_boot },
    { "help", 0, run_help },   { "--help", 0, run_help },
};

int dtshim_command(int argc, char *const argv[])
{
    for (unsigned i = 0; argc && i < sizeof(commands) / sizeof(commands[0]); i++) {
        int result;

        if (strcmp(commands[i].name, argv[0]) != 0)
            continue;
        if (argc - 1 > commands[i].most)
            return -1;
        if (commands[i].run != run_help)
            uboot_env_set(RESULT_ERROR, NULL);
        uboot_begin();
        result = commands[i].run(argc - 1, argv + 1);
        uboot_end();
        return result;
    }
    return -1;
}
