// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the hook in every OS boot does: the tree as the OS would get it is planned and
 * applied; with a payload for a hypervisor everything goes where the plan wants it, and the
 * hypervisor is what starts.
 */
#include "boot.h"

#include "bootm.h"
#include "machine.h"
#include "policy.h"
#include "results.h"
#include "shim/xen/image.h"
#include "shim/base/mem.h"
#include "shim/job/report.h"
#include "shim/job/verdict.h"
#include "shim/xen/lost.h"
#include "shim/xen/modules.h"
#include "trees.h"
#include "trouble.h"
#include "uboot.h"

struct boot {
    struct uboot_boot now;
    const char *name; /* of the tree, for messages */
    const void *blob;
    size_t len;
    struct shim_job job;
    bool no_tree; /* what lies there cannot be read, or is an overlay */
    struct shim_error error;
};

/* False, for what has been complained about. */
static bool failed(struct boot *boot, enum shim_code code)
{
    if (code == SHIM_E_MEMORY)
        out_of_memory(boot->name);
    else if (code)
        refuse(boot->name, &boot->error);
    return code != SHIM_OK;
}

/* ---- the payload ------------------------------------------------------------------------ */

/* Where the size is not known (0), an Image says what it needs. */
static bool add_part(struct boot *boot, enum shim_module_kind kind, unsigned long at, size_t size)
{
    struct shim_facts *facts = &boot->job.facts;

    if (!size)
        size = (size_t)shim_image_at(uboot_at(at), uboot_room(at)).room;
    if (!size)
        return !refuse_about(boot->name, "payload", "the size of the unpacked file is not known",
                             "do not compress it: only an arm64 Image or arm32 zImage contains "
                             "its size");
    facts->payload[facts->payload_count++] =
        (struct shim_payload_part){ .kind = kind, .at = { at, size } };
    return true;
}

static bool has_part(const struct boot *boot, enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < boot->job.facts.payload_count; i++)
        if (boot->job.facts.payload[i].kind == kind)
            return true;
    return false;
}

/* Kernel and ramdisk, each once. */
static bool add_loadables(struct boot *boot)
{
    for (unsigned i = 0; i < boot->now.loadable_count; i++) {
        const struct uboot_file *file = &boot->now.loadables[i];
        enum shim_module_kind kind = file->ramdisk ? SHIM_MODULE_RAMDISK : SHIM_MODULE_KERNEL;

        if (has_part(boot, kind))
            return !refuse_about(boot->name, "payload",
                                 file->ramdisk ? "two ramdisks among the FIT's loadables"
                                               : "two kernels among the FIT's loadables",
                                 "give one of each in the configuration");
        if (!add_part(boot, kind, file->address, file->size))
            return false;
    }
    return true;
}

static bool tree_names(const struct shim_tree *tree, const char *compatible)
{
    struct shim_range ignored;

    return shim_find_module(tree, compatible, &ignored);
}

/*
 * What U-Boot boots is the hypervisor where tree or FIT have a kernel beside it, and the
 * kernel where the tree has a hypervisor. Where it has both, they are what starts.
 */
static bool add_os(struct boot *boot, const struct shim_tree *tree)
{
    bool hypervisor = tree_names(tree, "dtshim,hypervisor");
    bool kernel = has_part(boot, SHIM_MODULE_KERNEL) || shim_names_kernel(tree);

    if (kernel == hypervisor)
        return true;
    return add_part(boot, kernel ? SHIM_MODULE_XEN : SHIM_MODULE_KERNEL, boot->now.os,
                    boot->now.os_size);
}

static struct shim_range place_of(const struct boot *boot, const struct shim_tree *tree,
                                  enum shim_module_kind kind, const char *compatible)
{
    struct shim_range at = { 0, 0 };

    for (uint32_t i = 0; i < boot->job.facts.payload_count; i++)
        if (boot->job.facts.payload[i].kind == kind)
            return boot->job.facts.payload[i].at;
    shim_find_module(tree, compatible, &at);
    return uboot_room(at.base) < at.size ? (struct shim_range){ 0, 0 } : at;
}

/* How much memory they need stands in their headers. */
static bool look_at_headers(struct boot *boot, const struct shim_tree *tree)
{
    struct shim_range xen = place_of(boot, tree, SHIM_MODULE_XEN, "dtshim,hypervisor");
    struct shim_range kernel = place_of(boot, tree, SHIM_MODULE_KERNEL, "multiboot,kernel");

    if (kernel.size)
        shim_look_at_kernel(&boot->job.facts, uboot_at(kernel.base), kernel.size);
    return !xen.size ||
           !failed(boot, shim_look_at_hypervisor(&boot->job.facts, uboot_at(xen.base), xen.size,
                                                 uboot_machine.bits, xen.base,
                                                 "the hypervisor", &boot->error));
}

/* ---- the facts ----------------------------------------------------------------------------- */

static bool read_register(void *self, uint64_t address, uint32_t *value)
{
    unsigned word;

    (void)self;
    if (!uboot_read32(address, &word))
        return false;
    *value = word;
    return true;
}

/* Of a tree without a payload only what its own board says counts, as on the host. */
static bool gather_facts(struct boot *boot)
{
    const struct shim_tree *tree = &boot->job.tree;

    boot->job.facts.payload_source = "U-Boot boots it";
    if (boot->now.no_list)
        return !refuse_about(boot->name, "payload", "loadables of the FIT's configuration is not "
                             "a list of strings", "make the FIT again with mkimage -f");
    if (boot->now.too_many)
        return !refuse_about(boot->name, "payload", "too many loadables in the FIT",
                             "give only a kernel and a ramdisk");
    if (!add_loadables(boot) || !add_os(boot, tree) || !look_at_headers(boot, tree))
        return false;
    if (!boot->job.facts.payload_count && !tree_names(tree, "dtshim,hypervisor"))
        return true;
    boot->job.facts.stage = (struct shim_range){ boot->now.own, boot->now.own_size };
    boot->job.facts.tree = (struct shim_range){ boot->now.tree, boot->now.tree_size };
    boot->job.facts.ipa_bits = uboot_address_bits();
    boot->job.facts.reach = uboot_machine.reach;
    boot->job.facts.read32 = read_register;
    return true;
}

/* ---- the boot -------------------------------------------------------------------------------- */

static bool can_start(unsigned bits)
{
    return bits && (!uboot_machine.bits || bits == uboot_machine.bits);
}

/* The hypervisor that the tree names, as it lies; false: it names none that lies there. */
static bool start_named(const struct shim_tree *tree)
{
    struct shim_range at = { 0, 0 };

    if (!shim_find_module(tree, "dtshim,hypervisor", &at) || uboot_room(at.base) < at.size ||
        !can_start(shim_image_at(uboot_at(at.base), at.size).bits))
        return false;
    uboot_boot_set_os(at.base);
    return true;
}

/* U-Boot keeps its own memory free, but not that of modules which a tree names. */
static bool has_lost(const struct boot *boot)
{
    struct shim_facts facts = boot->job.facts;
    struct shim_lost lost;

    facts.tree = (struct shim_range){ boot->now.tree, boot->now.tree_size };
    return shim_find_lost(&boot->job.tree, &facts, (struct shim_range){ 0 }, &lost);
}

/* Rewritten before: everything has to lie where it says, and nothing else can be booted. */
static bool start_recognised(struct boot *boot)
{
    if (has_lost(boot))
        return !refuse_about(boot->name, "payload", "a module overlaps another one, or the tree",
                             "load both again, at other addresses");
    if (!boot->job.facts.payload_count &&
        (!tree_names(&boot->job.tree, "dtshim,hypervisor") || start_named(&boot->job.tree)))
        return true;
    return !refuse_about(boot->name, "record", "the tree was already rewritten, for another "
                         "payload", "boot with the board's original tree; "
                         "dtshim boot needs no dtshim apply first");
}

/* Asked before there is a plan: what else a board lacks below EL2 says less. */
static bool check_level(const struct boot *boot)
{
    const struct shim_job *job = &boot->job;
    bool starts = job->facts.stage.size && job->contract->write && !job->recognised;

    return !starts || uboot_starts_at_el2() ||
           !refuse_about(boot->name, "unsupported", uboot_machine.wrong_level,
                         uboot_machine.level_remedy);
}

/* Of a tree that was rewritten before, too. */
static bool check_proven(const struct boot *boot)
{
    const struct shim_job *job = &boot->job;

    return !uboot_machine.no_native || !job->facts.stage.size ||
           !shim_policy_for(&job->policy, SHIM_CONTRACT_NATIVE) ||
           !refuse_about(boot->name, "unsupported", uboot_machine.no_native,
                         "use contract xen, or a board with 64-bit cores");
}

/* The plan goes by the tree's RAM; U-Boot can read and write its own. */
static bool check_places(const struct boot *boot)
{
    const struct shim_plan *plan = &boot->job.plan;

    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (uboot_room(module->to) < module->room ||
            (module->present && uboot_room(module->from.base) < module->from.size))
            return !refuse_about(boot->name, "placement",
                                 "a module is, or has to be, where U-Boot has no RAM",
                                 "compare bdinfo with the memory node of the tree");
    }
    return true;
}

static const void *bytes_of(const struct shim_module *module, const void *tree, const void *domain)
{
    if (module->kind == SHIM_MODULE_TREE)
        return tree;
    return module->kind == SHIM_MODULE_DOMAIN_TREE ? domain : uboot_at(module->from.base);
}

/* Destinations overlap no source and not U-Boot: the order does not matter. */
static void move_modules(const struct boot *boot, const struct output *output)
{
    for (uint32_t i = 0; i < boot->job.plan.module_count; i++) {
        const struct shim_module *module = &boot->job.plan.modules[i];
        size_t size = module->kind == SHIM_MODULE_TREE          ? output->len
                      : module->kind == SHIM_MODULE_DOMAIN_TREE ? output->domain_len
                                                                : module->from.size;

        uboot_place(module->to, bytes_of(module, output->tree, output->domain), size,
                    module->room);
    }
}

static void take_tree(uint64_t address, size_t len)
{
    uboot_boot_set_tree(address, len);
    uboot_work_on(address);
}

static bool start_hypervisor(struct boot *boot, const struct output *output)
{
    const struct shim_plan *plan = &boot->job.plan;
    uint64_t xen = shim_module_of(plan, SHIM_MODULE_XEN)->to;
    uint64_t tree = shim_module_of(plan, SHIM_MODULE_TREE)->to;

    if (!check_places(boot))
        return false;
    move_modules(boot, output);
    uboot_boot_set_os(xen);
    take_tree(tree, output->len);
    shim_print(&to_console, "dtshim: starting %s at 0x%llx, tree at 0x%llx\n",
               shim_plan_module_word(plan, SHIM_MODULE_XEN), SHIM_X(xen), SHIM_X(tree));
    return true;
}

/* Nothing is moved, and U-Boot's tree is the one that it was, before all of it can be done. */
static bool go_on_with_plan(struct boot *boot)
{
    struct output output;

    shim_report_plan(&to_console, &boot->job, false);
    shim_report_outcome(&to_console, &boot->job);
    if (boot->job.recognised)
        return start_recognised(boot);
    if (boot->job.unchanged)
        return true;
    if (write_output(boot->name, &boot->job, &output))
        return false;
    if (boot->job.facts.stage.size)
        return start_hypervisor(boot, &output);
    uboot_keep_tree(output.tree, output.domain);
    take_tree(uboot_address(output.tree), output.len);
    return true;
}

/* EFI has a tree of its own, in a buffer that nobody knows the size of. */
static bool check_known(const struct boot *boot, bool known)
{
    return known || boot->job.unchanged ||
           !refuse_about(boot->name, "unsupported", "this boot is not by bootm, booti or bootz",
                         "use one of them, or setenv dtshim_contract none");
}

/* Of a boot in steps the hook does not learn how those before it ended. */
static bool check_loaded(const struct boot *boot)
{
    return !boot->now.in_steps || (boot->job.unchanged && !boot->job.recognised) ||
           !refuse_about(boot->name, "unsupported", "a FIT with loadables was loaded by bootm's "
                         "subcommands, and U-Boot does not report if they are sound",
                         "boot it with one bootm or dtshim boot");
}

/* Of variables that are wrong nothing is taken; the tree is wanted even so, to pass it through. */
static bool open_job(struct boot *boot)
{
    struct shim_policy policy = { .given = 0 };
    void *memory = uboot_memory(POLICY_BYTES);
    struct shim_arena arena = shim_arena(memory, memory ? POLICY_BYTES : 0);
    bool sound = policy_from_environment(&policy, &arena);
    enum shim_code code = shim_job_open(&boot->job, boot->blob, boot->len, sound ? &policy : NULL,
                                        NULL, memory_for(boot->len), &boot->error);

    boot->no_tree = code == SHIM_E_OVERLAY ||
                    (code && code != SHIM_E_MEMORY && !boot->job.tree.nodes);
    return !failed(boot, code) && sound;
}

static bool make_ready(struct boot *boot)
{
    bool known = uboot_boot_now(boot->blob, &boot->now);

    return open_job(boot) && (!known || gather_facts(boot)) && check_level(boot) &&
           check_proven(boot) && !failed(boot, shim_job_plan(&boot->job, &boot->error)) &&
           check_known(boot, known) && check_loaded(boot) && go_on_with_plan(boot);
}

/* Read alone: what else is wrong must not hide it. The tree has been U-Boot's to edit. */
static bool wants_pass_through(const void *tree)
{
    const char *word = uboot_env("dtshim_on_error");

    if (!word)
        word = uboot_tree_string(tree, "/chosen/dtshim", "on-error");
    return word && !strcmp(word, "pass-through");
}

/* The modules of a FIT are named in no tree, so there nothing can be started. */
static bool must_not_start(const struct boot *boot)
{
    bool hypervisor = boot->job.facts.stage.size;

    return boot->no_tree || (hypervisor && !uboot_starts_at_el2()) ||
           boot->now.in_steps || boot->now.loadable_count ||
           (boot->job.tree.nodes &&
            (has_lost(boot) || (tree_names(&boot->job.tree, "dtshim,hypervisor") &&
                                !start_named(&boot->job.tree))));
}

/* As the stage does: the hypervisor that the tree names gets the tree as it came. */
static bool pass_through(const struct boot *boot)
{
    if (!wants_pass_through(boot->blob))
        return false;
    if (must_not_start(boot)) {
        uboot_put("dtshim: on-error is pass-through, but there is nothing to start\n");
        return false;
    }
    uboot_put("dtshim: on-error is pass-through: the boot goes on with the unchanged tree\n");
    return true;
}

bool dtshim_final_tree(void *tree)
{
    struct boot boot = { .name = "the final tree", .blob = tree, .len = uboot_tree_size(tree) };
    bool goes_on;

    uboot_env_set(RESULT_ERROR, NULL);
    uboot_begin_boot();
    goes_on = make_ready(&boot) || pass_through(&boot);
    uboot_end();
    if (!goes_on)
        uboot_put("dtshim: the boot is refused\n");
    return goes_on;
}
