// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* plan --load-addresses: where U-Boot has to load everything so that the boot copies nothing. */
#include "load.h"

#include <stdio.h>
#include <string.h>

#include "live.h"
#include "memory.h"
#include "shim/xen/image.h"
#include "shim/job/load.h"
#include "shim/xen/releases.h"
#include "trouble.h"

enum { ASSUMED_STAGE_MIB = 8 }; /* dtshim.img with the memory behind it */
#define MIB ((uint64_t)1 << 20)

/* ---- what is to be loaded --------------------------------------------------------- */

static const char *const loaded_names[LOADED_FILES] = { "stage", "xen", "kernel", "ramdisk" };

static int no_image(const char *name)
{
    return complain_about(name, "payload", "is neither an arm64 Image nor an arm32 zImage",
                          "give the unpacked file that is loaded: dtshim.img for --stage, "
                          "Debian's /boot/xen-4.17-arm64 for --xen");
}

static int take_stage(const struct file *file, struct shim_facts *facts)
{
    struct shim_image image = shim_image_at(file->bytes, file->len);

    if (!image.bits || image.room < file->len)
        return no_image(file->name);
    facts->stage.size = image.room;
    return EXIT_SAME;
}

/* A part of the payload; how much memory it needs beside the file stands in its header. */
static int take_part(enum loaded which, const struct file *file, struct shim_facts *facts)
{
    static const enum shim_module_kind kinds[LOADED_FILES] = {
        [LOADED_XEN] = SHIM_MODULE_XEN, [LOADED_KERNEL] = SHIM_MODULE_KERNEL,
        [LOADED_RAMDISK] = SHIM_MODULE_RAMDISK,
    };
    struct shim_error error;

    if (!file->len)
        return complain_about(file->name, "payload", "is empty", "give the file that is loaded");
    if (which == LOADED_XEN &&
        shim_look_at_hypervisor(facts, file->bytes, file->len, 0, 0, "", &error))
        return no_image(file->name);
    if (which == LOADED_KERNEL)
        shim_look_at_kernel(facts, file->bytes, file->len);
    facts->payload[facts->payload_count++] = (struct shim_payload_part){
        .kind = kinds[which], .at = { 0, file->len } };
    return EXIT_SAME;
}

static int take_files(const struct options *options, struct shim_facts *facts)
{
    int trouble = EXIT_SAME;

    for (enum loaded which = LOADED_STAGE; !trouble && which < LOADED_FILES; which++) {
        struct file file;

        if (!options->loaded[which])
            continue;
        if (!file_look(options->loaded[which], &file))
            return EXIT_TROUBLE;
        trouble = which == LOADED_STAGE ? take_stage(&file, facts)
                                        : take_part(which, &file, facts);
    }
    return trouble;
}

int load_facts(const struct options *options, struct shim_facts *facts)
{
    const char *path = options->loaded[LOADED_XEN];
    struct shim_error error;
    struct file file;

    *facts = (struct shim_facts){ .stage = { 0 } };
    if (!path)
        return EXIT_SAME;
    if (!file_look(path, &file))
        return EXIT_TROUBLE;
    return shim_look_at_hypervisor(facts, file.bytes, file.len, 0, 0, "", &error) ? no_image(path)
                                                                               : EXIT_SAME;
}

int load_plan(const struct options *options, const struct file *file, struct shim_job *job)
{
    struct shim_facts facts = {
        .stage = { 0, ASSUMED_STAGE_MIB * MIB },
        .tree = { 0, SHIM_XEN_TREE_MAX }, /* with room for U-Boot's own changes */
        .payload_source = "a file of the command line",
    };
    struct shim_error error;
    int trouble = take_files(options, &facts);

    if (!trouble)
        trouble = live_take(options, file, &facts);
    if (trouble)
        return trouble;
    if (shim_load_places(job, file->bytes, file->len, &options->policy, &facts,
                         arena_for(file->len), &error))
        return complain(file->name, &error);
    return EXIT_SAME;
}

/* ---- what is printed --------------------------------------------------------------------- */

/* U-Boot's name of it; `others` counts the modules that have none of their own. */
static struct load load_module(const struct options *options, const struct shim_module *module,
                               unsigned *others)
{
    static const enum loaded which[] = {
        [SHIM_MODULE_XEN] = LOADED_XEN, [SHIM_MODULE_KERNEL] = LOADED_KERNEL,
        [SHIM_MODULE_RAMDISK] = LOADED_RAMDISK, [SHIM_MODULE_OTHER] = LOADED_FILES,
    };
    struct load load = { .at = { module->to, module->from.size }, .node = module->node };

    if (which[module->kind] == LOADED_FILES) {
        snprintf(load.name, sizeof(load.name), "module%u", ++*others);
    } else {
        snprintf(load.name, sizeof(load.name), "%s", loaded_names[which[module->kind]]);
        load.file = module->node == SHIM_NONE ? options->loaded[which[module->kind]] : NULL;
    }
    return load;
}

unsigned load_list(const struct options *options, const struct shim_job *job, struct load *list)
{
    unsigned count = 0, others = 0;

    list[count++] = (struct load){ "stage", job->facts.stage, options->loaded[LOADED_STAGE],
                                   SHIM_NONE };
    list[count++] = (struct load){ "tree", job->facts.tree, NULL, SHIM_NONE };
    for (uint32_t i = 0; i < job->plan.module_count; i++)
        if (job->plan.modules[i].present)
            list[count++] = load_module(options, &job->plan.modules[i], &others);
    return count;
}

static void print_load(const struct load *load, const struct file *file,
                       const struct shim_plan *plan)
{
    bool is_tree = !strcmp(load->name, "tree");
    const char *what = is_tree ? file->name : load->file;

    if (load->node != SHIM_NONE)
        what = SHIM_PATH(plan->tree, load->node);
    printf("#   %-8s 0x%llx-0x%llx  %s, %s%s\n", load->name, SHIM_X(load->at.base),
           SHIM_X(shim_range_end(load->at) - 1), SHIM_SIZE(load->at.size),
           what ? what : "an assumed size", is_tree ? " with room to grow" : "");
}

void load_print(const struct options *options, const struct file *file,
                const struct shim_job *job)
{
    struct load loads[LOADS_MAX];
    unsigned count = load_list(options, job, loads);

    printf("# dtshim " SHIM_VERSION ": files loaded here are not copied; contract %s, layout %s\n",
           job->contract->name, job->plan.layout == SHIM_LAYOUT_DIRECT ? "direct" : "offset");
    for (unsigned i = 0; i < count; i++)
        print_load(&loads[i], file, &job->plan);
    for (unsigned i = 0; i < count; i++)
        printf("setenv %s_addr %llx\n", loads[i].name, SHIM_X(loads[i].at.base));
    puts("setenv fdt_high ffffffffffffffff");
}
