// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* dtshim plan, apply, diff, check and help, on trees in memory; boot is in boot.c. */
#include "command.h"
#include "shim/base/mem.h"
#include "shim/job/changes.h"
#include "shim/xen/check.h"

enum { MAGIC_LEN = 4, HEADER_LEN = 40, TREE_ALIGNMENT = 8 };

static void put_console(void *self, const char *text)
{
    (void)self;
    uboot_put(text);
}

const struct shim_sink to_console = { .put = put_console };

/* ---- trouble ------------------------------------------------------------------------ */

int complain(const char *file, const struct shim_error *error)
{
    shim_print(&to_console, "dtshim: %s: ", file);
    shim_report_error(&to_console, "", error);
    uboot_env_set(RESULT_ERROR, shim_code_name(error->code));
    return EXIT_TROUBLE;
}

int complain_about(const char *file, const char *code, const char *what, const char *remedy)
{
    shim_print(&to_console, "dtshim: %s: %s [%s]\n  what to do: %s\n", file, what, code, remedy);
    uboot_env_set(RESULT_ERROR, code);
    return EXIT_TROUBLE;
}

int out_of_memory(const char *name)
{
    return complain_about(name, "memory", "U-Boot has not enough free memory for this",
                          "raise CONFIG_SYS_MALLOC_LEN, or use a smaller tree");
}

/* ---- trees --------------------------------------------------------------------------- */

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Without memory the arena is empty, and the library says what it lacks. */
struct shim_arena arena_for(size_t len)
{
    size_t size = shim_memory_for(len);
    void *memory = uboot_memory(size);

    return shim_arena(memory, memory ? size : 0);
}

bool is_tree(const struct file *file)
{
    static const uint8_t magic[MAGIC_LEN] = { 0xd0, 0x0d, 0xfe, 0xed };

    return file->len >= HEADER_LEN && !memcmp(file->bytes, magic, MAGIC_LEN);
}

/* How long is it? What is no tree keeps its first bytes, for the library to tell so. */
static bool measure(struct file *file, size_t room)
{
    const uint8_t *bytes = file->bytes;

    file->len = room < HEADER_LEN ? room : HEADER_LEN;
    if (!is_tree(file))
        return true;
    file->len = word_at(bytes + MAGIC_LEN);
    if (file->len <= room)
        return true;
    complain_about(file->name, "truncated", "the tree is longer than the memory from there on",
                   "load it again, lower");
    return false;
}

bool file_read(const char *path, struct file *file)
{
    unsigned long address;
    size_t room;

    *file = (struct file){ .name = path };
    if (!uboot_number(path, &address)) {
        complain_about(path, "address", "is no address", "give it in hexadecimal, as to fdt addr");
        return false;
    }
    if (address % TREE_ALIGNMENT) {
        complain_about(path, "alignment", "a tree has to lie at a multiple of 8",
                       "load it to such an address");
        return false;
    }
    file->bytes = (void *)uboot_map(address, &room);
    if (!file->bytes) {
        complain_about(path, "address", "there is no RAM at this address",
                       "load or copy the tree into RAM; bdinfo shows where that is");
        return false;
    }
    return measure(file, room);
}

/* Where U-Boot keeps its trees, the one that the user set first. */
const char *default_tree(void)
{
    static const char variables[] = "fdtaddr\0fdt_addr\0fdtcontroladdr\0";
    const char *address = NULL;

    for (unsigned i = 0; !address && *shim_word(variables, i); i++)
        address = uboot_env(shim_word(variables, i));
    if (!address)
        complain_about("no tree", "address", "neither an address nor fdtaddr, fdt_addr or "
                       "fdtcontroladdr is set", "load a tree and give its address");
    return address;
}

/* What a command works on; `name` is a copy, for variables change. */
struct input {
    char name[NAME_LEN];
    struct file file;
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
           file_read(input->name, &input->file);
}

static int start_job(struct input *input, const char *address, struct shim_job *job)
{
    static const struct shim_facts nothing; /* as the host tool: the same plan */
    struct shim_error error;

    if (!start_input(input, address))
        return EXIT_TROUBLE;
    if (shim_job_plan(job, input->file.bytes, input->file.len, &input->policy, &nothing,
                      arena_for(input->file.len), &error))
        return error.code == SHIM_E_MEMORY ? out_of_memory(input->name)
                                           : complain(input->name, &error);
    return EXIT_SAME;
}

static const char *first(int argc, char *const argv[])
{
    return argc ? argv[0] : NULL;
}

/* ---- plan ------------------------------------------------------------------------------ */

static int print_changes(const struct input *input, struct shim_job *job)
{
    void *out = uboot_memory(job->size);
    struct shim_arena arena = arena_for(input->file.len + job->size);
    struct shim_error error;
    size_t len;

    if (!out)
        return out_of_memory(input->name);
    if (shim_job_apply(job, out, job->size, &len, &error) ||
        shim_report_changes(&to_console, job, out, len, &arena, &error))
        return complain(input->name, &error);
    return EXIT_SAME;
}

static int run_plan(int argc, char *const argv[])
{
    struct input input;
    struct shim_job job;
    int trouble = start_job(&input, first(argc, argv), &job);

    if (trouble)
        return trouble;
    shim_report_plan(&to_console, &job);
    return job.unchanged ? EXIT_SAME : print_changes(&input, &job);
}

/* ---- apply ----------------------------------------------------------------------------- */

int write_output(const char *name, struct shim_job *job, struct output *output)
{
    struct shim_error error;
    size_t domain = job->plan.given->tree_size;

    *output = (struct output){ .tree = uboot_heap(job->size),
                               .domain = domain ? uboot_heap(domain) : NULL };
    if (!output->tree || (domain && !output->domain))
        return out_of_memory(name);
    if (shim_job_apply(job, output->tree, job->size, &output->len, &error) ||
        (domain && shim_job_apply_domain(job, output->domain, domain, &output->domain_len,
                                         &error)))
        return complain(name, &error);
    return EXIT_SAME;
}

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
    struct file file[2];
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
            return !complain_about("diff", "address", "there are no two trees to compare",
                                   "give two addresses; without any, run dtshim apply first");
        shim_text_string(&name, typed[i]);
    }
    return file_read(two->name[0], &two->file[0]) && file_read(two->name[1], &two->file[1]);
}

static bool check_trees(struct two_trees *two)
{
    struct shim_error error;

    two->arena = arena_for(two->file[0].len + two->file[1].len);
    for (unsigned i = 0; i < 2; i++)
        if (shim_tree_check(&two->tree[i], two->file[i].bytes, two->file[i].len, &two->arena,
                            &error))
            return !complain(two->name[i], &error);
    return true;
}

static int run_diff(int argc, char *const argv[])
{
    struct two_trees two;
    struct shim_error error;
    bool different;

    if (!name_trees(&two, argc, argv) || !check_trees(&two))
        return EXIT_TROUBLE;
    if (shim_report_diff(&to_console, &two.tree[0], &two.tree[1], &two.arena, &different, &error))
        return complain(two.name[0], &error);
    return different ? EXIT_DIFFERENT : EXIT_SAME;
}

/* ---- check ----------------------------------------------------------------------------- */

static void print_breach(void *self, const struct shim_rule *rule, uint32_t node,
                         const char *words)
{
    const struct shim_tree *tree = self;

    shim_print(&to_console, "%s: ", rule->id);
    if (node != SHIM_NONE)
        shim_print(&to_console, "%s: ", SHIM_PATH(tree, node));
    shim_print(&to_console, "%s\n  why: %s\n  what to do: %s\n", words, rule->why, rule->remedy);
}

static int run_check(int argc, char *const argv[])
{
    struct input input;
    struct shim_job job;
    struct shim_error error;
    struct shim_check check = { .tree = &job.tree, .policy = &job.policy, .plan = &job.plan,
                                .breach = print_breach, .self = &job.tree };

    if (!start_input(&input, first(argc, argv)))
        return EXIT_TROUBLE;
    if (shim_job_facts(&job, input.file.bytes, input.file.len, &input.policy,
                       arena_for(input.file.len), &error))
        return error.code == SHIM_E_MEMORY ? out_of_memory(input.name)
                                           : complain(input.name, &error);
    shim_check_all(&check);
    return check.broken ? EXIT_DIFFERENT : EXIT_SAME;
}

/* ---- the command ----------------------------------------------------------------------- */

static int run_help(int argc, char *const argv[])
{
    (void)argc;
    (void)argv;
    uboot_put("dtshim " SHIM_VERSION ": help dtshim shows the commands\n");
    policy_help();
    return EXIT_SAME;
}

static const struct {
    const char *name;
    int most; /* arguments */
    int (*run)(int argc, char *const argv[]);
} commands[] = {
    { "plan", 1, run_plan },   { "apply", 1, run_apply }, { "diff", 2, run_diff },
    { "check", 1, run_check }, { "boot", 3, run_boot },   { "help", 0, run_help },
    { "--help", 0, run_help },
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
