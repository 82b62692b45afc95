// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The plan for programs, format 1. Addresses and sizes are strings of
 * hexadecimal digits ("0x40000000"): JSON numbers end at 2^53.
 */
#include "json.h"

#include <stdio.h>

#include "json_string.h"
#include "load.h"
#include "shim/native/passes.h"

static void put_member(const char *name, const char *value)
{
    printf("  \"%s\": ", name);
    json_string(value);
    puts(",");
}

static void put_address(const char *name, unsigned long long value)
{
    printf("  \"%s\": \"0x%llx\",\n", name, value);
}

static void put_range(struct shim_range range)
{
    printf("{\"base\": \"0x%llx\", \"size\": \"0x%llx\"}", SHIM_X(range.base),
           SHIM_X(range.size));
}

static void put_ranges(const char *name, const struct shim_range *ranges, uint32_t count)
{
    printf("  \"%s\": [", name);
    for (uint32_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", stdout);
        put_range(ranges[i]);
    }
    puts("],");
}

static void put_string_or_null(const char *string)
{
    if (string)
        json_string(string);
    else
        fputs("null", stdout);
}

static void put_modules(const struct shim_plan *plan)
{
    const char *comma = "";

    fputs("  \"modules\": [", stdout);
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (!module->placed)
            continue;
        printf("%s\n    {\"kind\": \"%s\", \"from\": \"0x%llx\", \"to\": \"0x%llx\", "
               "\"room\": \"0x%llx\"}", comma, shim_plan_module_word(plan, module->kind),
               SHIM_X(module->from.base), SHIM_X(module->to), SHIM_X(module->room));
        comma = ",";
    }
    puts("],");
}

/* Of Xen, that the plan is for; under native none. */
static void put_releases(const struct shim_job *job)
{
    const struct shim_releases *of = &job->plan.xen->releases;

    if (!shim_policy_for(&job->policy, SHIM_CONTRACT_XEN))
        puts("  \"xen-versions\": [],");
    else if (of->first == of->last)
        printf("  \"xen-versions\": [\"%s\"],\n", SHIM_RELEASE(of->told));
    else
        printf("  \"xen-versions\": [\"%s\", \"%s\"],\n", of->first->name, of->last->name);
}

static void put_notes(const struct shim_plan *plan)
{
    static const char *const kinds[] = { "finding", "decision", "warning" };
    const char *comma = "";

    fputs("  \"notes\": [", stdout);
    for (const struct shim_note *note = shim_first_note(plan); note;
         note = shim_next_note(plan, note)) {
        printf("%s\n    {\"kind\": \"%s\", \"pass\": \"%s\", \"node\": ", comma,
               kinds[note->kind], shim_pass_name(plan, note->pass));
        if (note->node == SHIM_NONE)
            fputs("null", stdout);
        else
            json_string(SHIM_PATH(plan->tree, note->node));
        fputs(", \"alike\": ", stdout);
        put_string_or_null(note->first ? shim_alike_name(note->alike.kind) : NULL);
        fputs(", \"what\": ", stdout);
        json_string(note->what);
        fputs(", \"reason\": ", stdout);
        json_string(note->reason);
        putchar('}');
        comma = ",";
    }
    puts("],");
}

/* ---- devices -------------------------------------------------------------------- */

/* The elements of an array, each on a line of its own. */
struct list {
    const char *comma;
};

static struct list open_list(const char *name)
{
    printf("  \"%s\": [", name);
    return (struct list){ "" };
}

static void next_element(struct list *list)
{
    printf("%s\n    ", list->comma);
    list->comma = ",";
}

static void put_path(const struct shim_plan *plan, uint32_t node)
{
    json_string(SHIM_PATH(plan->tree, node));
}

static void put_window(const struct shim_window *window)
{
    if (!window->count) {
        fputs("null", stdout);
        return;
    }
    for (uint32_t i = 0; i < window->count; i++)
        printf("%s{\"bus\": \"0x%llx\", \"cpu\": \"0x%llx\", \"size\": \"0x%llx\"}", i ? ", " : "[",
               SHIM_X(window->at[i].bus), SHIM_X(window->at[i].cpu), SHIM_X(window->at[i].size));
    putchar(']');
}

/* By whom it is protected, or why it is not. */
static void put_protection(const struct shim_plan *plan, const struct shim_master *master)
{
    fputs(", \"iommu\": ", stdout);
    put_string_or_null(master->iommu == SHIM_NONE ? NULL : SHIM_PATH(plan->tree, master->iommu));
    fputs(", \"flaw\": ", stdout);
    put_string_or_null(master->flaw);
}

static void put_dma(const struct shim_plan *plan)
{
    static const char *const carrying[] = { "not", "bus", "dma-mem", "lost" };
    const struct shim_master *tightest = shim_tightest(plan->board);
    struct list list = open_list("dma");

    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        const struct shim_master *master = &plan->board->masters[i];

        next_element(&list);
        fputs("{\"path\": ", stdout);
        put_path(plan, master->node);
        printf(", \"protected\": %s, \"coherent\": %s, \"decides\": %s, \"reach\": \"%s\", "
               "\"unreachable\": \"0x%llx\", \"offset\": \"%s\", \"window\": ",
               plan->board->dma[master->node] == SHIM_DMA_PROTECTED ? "true" : "false",
               master->coherent ? "true" : "false", master->decides ? "true" : "false",
               shim_plan_reach(plan, master),
               SHIM_X(shim_plan_unreachable(plan, master)),
               carrying[shim_plan_carrying(plan, master)]);
        put_window(&plan->board->windows[master->window]);
        put_protection(plan, master);
        putchar('}');
    }
    puts("],");
    fputs("  \"tightest\": ", stdout);
    if (tightest)
        put_path(plan, tightest->node);
    else
        fputs("null", stdout);
    puts(",");
}

static void put_iommus(const struct shim_plan *plan)
{
    struct list list = open_list("iommus");

    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        next_element(&list);
        fputs("{\"path\": ", stdout);
        put_path(plan, plan->board->iommus[i].node);
        printf(", \"driven\": %s, \"users\": %u}", plan->board->iommus[i].flaw ? "false" : "true",
               plan->board->iommus[i].users);
    }
    puts("],");
    list = open_list("blocked");
    for (uint32_t i = 0; i < plan->board->master_count; i++) {
        if (plan->board->dma[plan->board->masters[i].node] != SHIM_DMA_BLOCKED)
            continue;
        next_element(&list);
        put_path(plan, plan->board->masters[i].node);
    }
    puts("],");
}

static void put_sram(const struct shim_plan *plan)
{
    struct list list;

    printf("  \"sram\": {\n");
    list = open_list("regions");
    for (const struct shim_sram_region *sram = plan->board->srams; sram; sram = sram->next) {
        next_element(&list);
        fputs("{\"path\": ", stdout);
        put_path(plan, sram->node);
        printf(", \"base\": \"0x%llx\", \"size\": \"0x%llx\"}", SHIM_X(sram->outer.base),
               SHIM_X(sram->outer.size));
    }
    puts("],");
    list = open_list("runs");
    for (uint32_t i = 0; i < plan->board->sram_run_count; i++) {
        const struct shim_sram_run *run = &plan->board->sram_runs[i];

        next_element(&list);
        printf("{\"base\": \"0x%llx\", \"size\": \"0x%llx\", \"type\": \"%s\"}",
               SHIM_X(run->pages.base), SHIM_X(run->pages.size), shim_memory_type_word(run->type));
    }
    puts("]\n  },");
}

static void put_regions(const struct shim_plan *plan)
{
    struct list list;

    put_address("guest-limit", plan->guest_limit);
    printf("  \"kernel-bits\": %u,\n  \"grant-table\": ", plan->kernel_bits);
    if (plan->native->grants.size)
        put_range(plan->native->grants);
    else
        fputs("null", stdout);
    puts(",");
    list = open_list("regions");
    for (uint32_t i = 0; i < plan->native->region_count; i++) {
        next_element(&list);
        printf("{\"base\": \"0x%llx\", \"size\": \"0x%llx\", \"useful\": %s}",
               SHIM_X(plan->native->regions[i].base), SHIM_X(plan->native->regions[i].size),
               shim_region_useful(plan->native->regions[i]) ? "true" : "false");
    }
    puts("],");
}

/* The xen,domain of layout offset; null where dom0 is direct. */
static void put_domain(const struct shim_plan *plan)
{
    struct list list;

    if (!plan->domain) {
        puts("  \"domain\": null,");
        return;
    }
    puts("  \"domain\": {");
    printf("  \"tree-size\": %zu,\n  \"enhanced\": %s,\n", plan->given->tree_size,
           plan->given->enhanced ? "true" : "false");
    put_ranges("pages", plan->given->passed.at, plan->given->passed.count);
    list = open_list("devices");
    for (uint32_t node = 0; node < plan->tree->node_count; node++) {
        if (!(plan->given->comes[node] & SHIM_COMES_TOP))
            continue;
        next_element(&list);
        put_path(plan, node);
    }
    puts("]\n  },");
}

/* Null where nobody asked. */
static void put_loads(const struct options *options, const struct shim_job *job)
{
    struct load loads[LOADS_MAX];
    unsigned count = options->load_addresses ? load_list(options, job, loads) : 0;
    struct list list;

    if (!count) {
        puts("  \"load-addresses\": null,");
        return;
    }
    list = open_list("load-addresses");
    for (unsigned i = 0; i < count; i++) {
        next_element(&list);
        printf("{\"name\": \"%s\", \"base\": \"0x%llx\", \"size\": \"0x%llx\", \"file\": ",
               loads[i].name, SHIM_X(loads[i].at.base), SHIM_X(loads[i].at.size));
        put_string_or_null(loads[i].file);
        fputs(", \"path\": ", stdout);
        put_string_or_null(loads[i].node == SHIM_NONE
                               ? NULL : SHIM_PATH(job->plan.tree, loads[i].node));
        putchar('}');
    }
    puts("],");
}

/* Null where dom0 is at the native base, or where the policy says. */
static void put_nearest(const struct shim_plan *plan)
{
    if (!plan->nearest) {
        puts("  \"nearest\": null,");
        return;
    }
    puts("  \"nearest\": {");
    put_address("native-base", plan->board->ram.at[0].base);
    put_member("why", plan->nearest->why);
    put_member("remedy", plan->nearest->remedy);
    put_address("native-size", plan->nearest->native_size);
    printf("  \"unserved\": %u\n  },\n", plan->nearest->unserved);
}

static void put_plan(const struct options *options, const struct shim_job *job)
{
    const struct shim_plan *plan = &job->plan;
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t block_count = shim_plan_blocks(plan, blocks);

    put_releases(job);
    put_member("layout", plan->layout == SHIM_LAYOUT_DIRECT ? "direct" : "offset");
    put_ranges("ram", plan->board->ram.at, plan->board->ram.count);
    put_ranges("reserved", plan->board->reserved.at, plan->board->reserved.count);
    put_ranges("dom0-memory", plan->banked ? blocks : &plan->dom0, plan->banked ? block_count : 1);
    put_ranges("machine-block", blocks, block_count);
    put_nearest(plan);
    put_address("offset", shim_plan_offset(plan));
    put_member("coverage", shim_coverage_word(shim_coverage(plan->board)));
    printf("  \"masters\": %u,\n  \"protected-masters\": %u,\n", plan->board->master_count,
           shim_count_masters(plan->board, SHIM_DMA_PROTECTED));
    printf("  \"payload-assumed\": %s,\n", plan->payload_assumed ? "true" : "false");
    put_modules(plan);
    put_ranges("reserved-pages", plan->xen->steering.plugs, plan->xen->steering.plug_count);
    put_ranges("static-heap", plan->xen->steering.heap, plan->xen->steering.heap_count);
    put_address("cost", plan->xen->steering.cost);
    put_dma(plan);
    put_iommus(plan);
    put_sram(plan);
    put_regions(plan);
    put_domain(plan);
    put_loads(options, job);
    put_notes(plan);
}

void json_plan(const struct options *options, const struct shim_job *job)
{
    puts("{\n  \"format\": 1,");
    put_member("version", SHIM_VERSION);
    put_member("contract", job->contract->name);
    printf("  \"recognised\": %s,\n", job->recognised ? "true" : "false");
    if (!job->unchanged)
        put_plan(options, job);
    printf("  \"size\": %llu\n}\n", (unsigned long long)job->size);
}

void json_plan_of(const struct options *options, const char *file, const struct shim_job *job)
{
    fputs("{\"file\": ", stdout);
    json_string(file);
    fputs(", \"plan\": ", stdout);
    json_plan(options, job);
    putchar('}');
}
