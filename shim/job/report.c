// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/report.h"

#include "shim/base/mem.h"
#include "shim/base/wrap.h"
#include "shim/job/note_lines.h"
#include "shim/native/plan.h"
#include "shim/xen/contract.h"
#include "shim/xen/domain/given.h"
#include "shim/xen/plan.h"

enum { INDENT = 12, LABEL = 96, RANGES_MAX = 4 };

static void print_range(const struct shim_sink *sink, const char *label, struct shim_range range)
{
    shim_print(sink, "  %s 0x%llx-0x%llx  %s", label, SHIM_X(range.base),
               SHIM_X(shim_range_end(range) - 1), SHIM_SIZE(range.size));
}

static void print_banks(const struct shim_sink *sink, const struct shim_plan *plan)
{
    for (uint32_t i = 0; i < shim_plan_bank_count(plan); i++) {
        if (i)
            shim_print(sink, "\n");
        print_range(sink, i ? "         " : "dom0     ", shim_plan_bank(plan, i));
    }
}

/* Behind so many lines the rest is added up. */
static void print_ranges(const struct shim_sink *sink, const char *label,
                         const struct shim_ranges *ranges, uint32_t most)
{
    uint32_t shown = ranges->count > most ? most - 1 : ranges->count;
    uint64_t rest = 0;

    for (uint32_t i = 0; i < shown; i++) {
        print_range(sink, i ? "         " : label, ranges->at[i]);
        shim_print(sink, "\n");
    }
    for (uint32_t i = shown; i < ranges->count; i++)
        rest += ranges->at[i].size;
    if (shown < ranges->count)
        shim_print(sink, "            and %u more, %s\n", ranges->count - shown, SHIM_SIZE(rest));
}

static void print_words(const struct shim_sink *sink, const char *first, const char *second)
{
    struct shim_wrap wrap = { .sink = sink, .indent = INDENT };

    shim_wrap(&wrap, first);
    shim_wrap(&wrap, second);
    shim_wrap_end(&wrap);
}

static void print_nearest(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint64_t native = plan->board->ram.at[0].base;
    char first[LABEL];
    struct shim_text text = shim_text(first, sizeof(first));

    shim_textf(&text, "            not %s the native base 0x%llx: ",
               plan->dom0.base == native ? "in one block at" : "at", SHIM_X(native));
    print_words(sink, first, plan->nearest->why);
    print_words(sink, "            what would bring it: ", plan->nearest->remedy);
}

static void print_memory(const struct shim_sink *sink, const struct shim_plan *plan, bool all)
{
    const char *source = plan->facts->ram_source;

    print_ranges(sink, "RAM      ", &plan->board->ram, all ? UINT32_MAX : RANGES_MAX);
    if (source && !shim_ram_by_policy(plan->board))
        print_words(sink, "            ", source);
    print_ranges(sink, "reserved ", &plan->board->reserved, all ? UINT32_MAX : RANGES_MAX);
    print_banks(sink, plan);
    if (plan->layout == SHIM_LAYOUT_DIRECT)
        shim_print(sink, ", machine addresses are the same\n");
    else
        shim_print(sink, ",\n            machine block at 0x%llx, offset 0x%llx\n",
                   SHIM_X(plan->machine_base), SHIM_X(shim_plan_offset(plan)));
    if (plan->nearest)
        print_nearest(sink, plan);
    for (uint32_t i = 1; !plan->banked && i < shim_plan_block_count(plan); i++) {
        uint64_t guest;
        struct shim_range block = shim_plan_block(plan, i, &guest);

        shim_print(sink, "            from 0x%llx on machine block at 0x%llx,\n"
                   "            offset 0x%llx\n",
                   SHIM_X(guest), SHIM_X(block.base), SHIM_X(block.base - guest));
    }
}

/* One place, behind those before. */
static void put_module(struct shim_wrap *wrap, const struct shim_plan *plan,
                       const struct shim_module *module)
{
    char words[LABEL];
    struct shim_text text = shim_text(words, sizeof(words));

    shim_textf(&text, "%s at 0x%llx", shim_plan_module_word(plan, module->kind),
               SHIM_X(module->to));
    if (module->present && module->from.base != module->to)
        shim_textf(&text, ", moved from 0x%llx", SHIM_X(module->from.base));
    shim_wrap(wrap, wrap->column ? ";" : "  load     ");
    if (wrap->column + 1 + strlen(words) > SHIM_LINE_WIDTH)
        shim_wrap_line(wrap);
    else
        shim_wrap(wrap, " ");
    shim_wrap(wrap, words);
}

static void print_modules(const struct shim_sink *sink, const struct shim_plan *plan)
{
    struct shim_wrap wrap = { .sink = sink, .indent = INDENT };

    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].placed)
            put_module(&wrap, plan, &plan->modules[i]);
    if (wrap.column && plan->payload_assumed)
        shim_wrap(&wrap, " (advice)");
    if (wrap.column)
        shim_wrap_end(&wrap);
}

/* What has to be moved of what lies in memory already. */
static void print_copies(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint64_t present = 0, moved = 0;

    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        present += module->present ? module->from.size : 0;
        moved += module->present && module->from.base != module->to ? module->from.size : 0;
    }
    if (moved)
        shim_print(sink, "  copies    %s of modules\n", SHIM_SIZE(moved));
    else if (present)
        shim_print(sink, "  copies    none: every module is where it has to be\n");
}

static uint32_t count_lost(const struct shim_plan *plan)
{
    uint32_t lost = 0;

    for (uint32_t i = 0; i < plan->board->master_count; i++)
        lost += shim_plan_carrying(plan, &plan->board->masters[i]) == SHIM_CARRY_LOST;
    return lost;
}

static void print_masters(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint32_t blocked = shim_count_masters(plan->board, SHIM_DMA_BLOCKED), lost = count_lost(plan);

    shim_print(sink, "  DMA       %u of %u possible masters protected by a driven IOMMU (%s)\n",
               shim_count_masters(plan->board, SHIM_DMA_PROTECTED), plan->board->master_count,
               shim_coverage_word(shim_coverage(plan->board)));
    if (blocked)
        shim_print(sink, "            %u of them behind an IOMMU that will block them (unless "
                   "iommu=off)\n", blocked);
    if (lost)
        shim_print(sink, "            %u of them cannot be told the offset\n", lost);
}

static void print_tightest(const struct shim_sink *sink, const struct shim_plan *plan,
                           const struct shim_master *tightest)
{
    char first[LABEL];
    struct shim_text text = shim_text(first, sizeof(first));

    shim_textf(&text, "  windows   the tightest, %s, reaches %s of dom0: ",
               SHIM_SIZE(shim_window_total(&plan->board->windows[tightest->window])),
               shim_plan_reach(plan, tightest));
    print_words(sink, first, SHIM_PATH(plan->tree, tightest->node));
}

/* The tightest window, and whether dom0's memory is served by it. */
static void print_dma(const struct shim_sink *sink, const struct shim_plan *plan)
{
    const struct shim_master *tightest = shim_tightest(plan->board);

    print_masters(sink, plan);
    if (tightest)
        print_tightest(sink, plan, tightest);
    else
        shim_print(sink, "  windows   none: no dma-ranges limit a master\n");
}

static void print_map(const struct shim_sink *sink, const struct shim_plan *plan)
{
    uint64_t pages = 0, safe = 0;

    for (uint32_t i = 0; i < plan->board->sram_run_count; i++)
        pages += plan->board->sram_runs[i].pages.size;
    for (uint32_t i = 0; i < plan->native->region_count; i++)
        safe += plan->native->regions[i].size;
    if (pages)
        shim_print(sink, "  SRAM      %s in %u run%s of one memory type\n", SHIM_SIZE(pages),
                   plan->board->sram_run_count, plan->board->sram_run_count == 1 ? "" : "s");
    if (plan->native->region_count)
        shim_print(sink, "  regions   %s in %u safe unallocated range%s\n", SHIM_SIZE(safe),
                   plan->native->region_count, plan->native->region_count == 1 ? "" : "s");
    else if (plan->xen->no_ext_regions)
        shim_print(sink, "  regions   none: ext_regions=0\n");
}

static void print_domain(const struct shim_sink *sink, const struct shim_plan *plan)
{
    unsigned devices = 0;

    for (uint32_t node = 0; plan->domain && node < plan->tree->node_count; node++)
        devices += (plan->given->comes[node] & SHIM_COMES_TOP) != 0;
    if (plan->domain)
        shim_print(sink, "  domain    %u device%s, a tree of their own with %u bytes\n", devices,
                   devices == 1 ? "" : "s", (unsigned)plan->given->tree_size);
}

/* What Xen loses, and by what. */
static void print_cost(const struct shim_sink *sink, const struct shim_steering *steering)
{
    shim_print(sink, "  cost      Xen loses %s of RAM", SHIM_SIZE(steering->cost));
    if (steering->heap_count)
        shim_print(sink, ": no domain is given memory outside its static heap\n");
    else if (steering->plug_count)
        shim_print(sink, ": %u reserved page%s steer%s it\n", steering->plug_count,
                   steering->plug_count == 1 ? "" : "s", steering->plug_count == 1 ? "s" : "");
    else
        shim_print(sink, "\n");
}

static void print_summary(const struct shim_sink *sink, const struct shim_job *job, bool all)
{
    const struct shim_plan *plan = &job->plan;

    print_memory(sink, plan, all);
    print_dma(sink, plan);
    print_map(sink, plan);
    print_domain(sink, plan);
    print_modules(sink, plan);
    print_copies(sink, plan);
    if (plan->xen->steering.cost)
        print_cost(sink, &plan->xen->steering);
    shim_print(sink, "  tree      %u -> %llu bytes, %s of them free\n", job->tree.total,
               SHIM_X(job->size), SHIM_SIZE(job->slack));
    shim_print(sink, "\n");
}

/* Of Xen the releases that the plan is for. */
static void print_contract(const struct shim_sink *sink, const struct shim_job *job)
{
    bool xen = job->contract == &shim_contract_xen && !job->unchanged;

    shim_print(sink, "dtshim " SHIM_VERSION ": contract %s (%s%s)", job->contract->name,
               xen ? "stock Xen " : job->contract->who,
               xen ? SHIM_XEN_OF(&job->plan.xen->releases) : "");
}

void shim_report_plan(const struct shim_sink *sink, const struct shim_job *job, bool all)
{
    print_contract(sink, job);
    if (job->unchanged) {
        shim_print(sink, "\n\n");
        return;
    }
    shim_print(sink, ", layout %s\n",
               job->plan.layout == SHIM_LAYOUT_DIRECT ? "direct" : "offset");
    print_summary(sink, job, all);
    shim_report_notes(sink, &job->plan, all);
}

void shim_report_error(const struct shim_sink *sink, const char *prefix,
                       const struct shim_error *error)
{
    shim_print(sink, "%s", prefix);
    if (error->where[0])
        shim_print(sink, "%s: ", error->where);
    if (error->property)
        shim_print(sink, "%s: ", error->property);
    shim_print(sink, "%s [%s]\n  what to do: %s\n", error->what, shim_code_name(error->code),
               error->remedy);
    if (error->works[0])
        shim_print(sink, "  this works: %s\n", error->works);
}
