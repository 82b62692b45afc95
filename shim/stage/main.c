// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The bare-metal stage: takes the tree from U-Boot, plans, moves things where
 * the plan wants them, and starts the hypervisor.
 */
#include "shim/base/mem.h"
#include "stage.h"

/* From entry.S. */
_Noreturn void stage_main(uint64_t tree, uint64_t level);

/* ---- steps ----------------------------------------------------------------------------- */

/* Tables of pages and of exceptions cannot lie elsewhere. */
static void require_page(struct stage *stage)
{
    if (stage->own.base % 4096 == 0)
        return;
    shim_fail(&stage->error, SHIM_E_PLACEMENT, "", NULL,
              arch.remedy[REMEDY_PAGE],
              "the stage was loaded at 0x%llx, not a multiple of 4096",
              SHIM_X(stage->own.base));
    stage_fail(stage);
}

/*
 * Lines of the stage's memory that the caches still hold would come back later,
 * and the boot loader's tables cannot be changed under the code that runs.
 */
static void require_mmu_off(struct stage *stage)
{
    if (stage->level != HYPERVISOR_LEVEL || !cpu_mmu_is_on())
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "", NULL,
              arch.remedy[REMEDY_MMU],
              "the boot loader left the MMU on, and its caches");
    stage_fail(stage);
}

static _Noreturn void refuse_no_tree(struct stage *stage)
{
    const char *remedy = arch.remedy[REMEDY_NO_TREE];

    if (stage->tree.base)
        shim_fail(&stage->error, SHIM_E_MAGIC, "", NULL, remedy,
                  "no device tree at 0x%llx, the address in %s", SHIM_X(stage->tree.base),
                  arch.tree_register);
    else
        shim_fail(&stage->error, SHIM_E_MAGIC, "", NULL, remedy, "no device tree in %s",
                  arch.tree_register);
    stage_fail(stage);
}

/* Where there is none the place alone is looked at. */
static void require_tree(struct stage *stage)
{
    uint64_t at = stage->tree.base, size = stage->tree.size;

    if (shim_range_overlaps(stage->own, (struct shim_range){ at, size ? size : 1 })) {
        shim_fail(&stage->error, SHIM_E_PLACEMENT, "", NULL,
                  arch.remedy[REMEDY_OWN],
                  "the tree at 0x%llx is in the stage's own memory 0x%llx-0x%llx", SHIM_X(at),
                  SHIM_X(stage->own.base), SHIM_X(shim_range_end(stage->own) - 1));
        stage_fail(stage);
    }
    if (!size)
        refuse_no_tree(stage);
}

/* What only the machine knows comes later: for that its RAM has to be known. */
static void open_tree(struct stage *stage)
{
    enum shim_code code;

    require_tree(stage);
    code = shim_job_open(&stage->job, stage->blob, stage->tree.size, NULL, NULL,
                         stage->job.arena, &stage->error);
    if (code == SHIM_E_OVERLAY)
        stage->error.remedy = arch.remedy[REMEDY_OVERLAY];
    stage_require(stage, code);
    stage_find_console(stage);
}

/* Also of a tree that was rewritten before. */
static void require_proven(struct stage *stage)
{
    if (!arch.no_native || !stage_is_native(stage))
        return;
    shim_fail(&stage->error, SHIM_E_UNSUPPORTED, "/chosen/dtshim", "contract",
              "use contract xen, or a board with 64-bit cores", "not native: %s",
              arch.no_native);
    stage_fail(stage);
}

static void gather_all_facts(struct stage *stage)
{
    stage->job.facts.read32 = stage_read_register;
    stage->job.facts.is_memory = stage_is_memory;
    stage->job.facts.next_name = cpu_next_name;
    stage->job.facts.self = stage;
    stage_gather_facts(stage);
}

/*
 * What Xen says next, or does not: the last words of this side are what to compare it with.
 * Not inlined: its blocks need not lie below a plan on the stack.
 */
__attribute__((noinline))
static void tell_memory(const struct stage *stage)
{
    const struct shim_job *job = &stage->job;
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count = job->recognised ? shim_record_blocks(&job->record, blocks)
                                     : shim_plan_blocks(&job->plan, blocks);

    shim_print(&stage->sink, "dtshim: Xen %s will give %s", SHIM_XEN_OF(&job->releases),
               job->plan.domain || job->record.devices.len ? "its domain" : "dom0");
    for (uint32_t i = 0; i < count; i++)
        shim_print(&stage->sink, "%s0x%llx-0x%llx", i ? ", " : " ", SHIM_X(blocks[i].base),
                   SHIM_X(shim_range_end(blocks[i]) - 1));
    shim_print(&stage->sink, "\n");
}

static _Noreturn void start_hypervisor(struct stage *stage, uint64_t at, uint64_t tree)
{
    if (!stage_is_native(stage))
        tell_memory(stage);
    shim_print(&stage->sink, "dtshim: starting %s at 0x%llx, tree at 0x%llx\n\n",
               stage_hypervisor_word(stage), SHIM_X(at), SHIM_X(tree));
    stage_clean_own(stage);
    stage_leave(at, tree);
}

/* The tree was rewritten before: everything lies where it says. */
static _Noreturn void start_recognised(struct stage *stage)
{
    struct shim_range hypervisor;

    if (stage->job.facts.payload_count || !stage_find_hypervisor(stage, &hypervisor))
        stage_refuse_record(stage);
    stage_check_named(stage);
    cpu_clean(hypervisor); /* it was looked at through the caches */
    start_hypervisor(stage, hypervisor.base, (uintptr_t)stage->blob);
}

static _Noreturn void boot(struct stage *stage)
{
    const struct shim_plan *plan = &stage->job.plan;

    require_proven(stage);
    stage_require(stage, shim_job_plan(&stage->job, &stage->error));
    shim_report_plan(&stage->sink, &stage->job, false);
    shim_report_outcome(&stage->sink, &stage->job);
    stage_require_contract(stage);
    if (stage->job.recognised)
        start_recognised(stage);
    stage_check_sources(stage);
    stage_write_trees(stage);
    stage_move_modules(plan);
    start_hypervisor(stage, shim_module_of(plan, SHIM_MODULE_XEN)->to,
                     shim_module_of(plan, SHIM_MODULE_TREE)->to);
}

_Noreturn void stage_main(uint64_t tree, uint64_t level)
{
    struct stage *stage = stage_lay_out();

    stage->level = level;
    stage->blob = (const uint8_t *)(uintptr_t)tree;
    stage_prepare_words(stage);
    stage_catch_exceptions(stage);
    stage_find_fallback(stage);
    require_page(stage);
    require_mmu_off(stage);
    stage->tree = (struct shim_range){ tree, stage_claimed_size(stage->blob) };
    if (level == HYPERVISOR_LEVEL)
        stage_caches_on(stage);
    open_tree(stage);
    shim_print(&stage->sink, "\ndtshim " SHIM_VERSION " at 0x%llx, EL%u, tree at 0x%llx, last words "
               "at 0x%llx\n", SHIM_X(stage->own.base), (unsigned)level, SHIM_X(tree),
               SHIM_X((uintptr_t)stage_words));
    stage_require_level(stage);
    stage_map_ram(stage);
    gather_all_facts(stage);
    boot(stage);
}
