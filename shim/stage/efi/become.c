// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* From an EFI application to the bare stage. */
#include "become.h"

#include "shim/base/mem.h"

enum { SPARE = 64 << 10, TRIES = 8 };

/* From entry.S. */
extern const uint8_t stage_start[];

/* With the memory map as it is now; nothing that is called here changes it. */
static size_t prepare(struct firmware *firmware, const struct shim_tree *tree)
{
    struct stage *stage = firmware->stage;
    size_t len = 0;

    firmware_read_map(firmware);
    if (prepare_tree(&firmware->preparation, tree, stage->job.arena,
                     (void *)(uintptr_t)firmware->prepared.base, firmware->prepared.size, &len,
                     &stage->error))
        firmware_give_up(stage);
    return len;
}

/* Xen reads them with caches off, also those that stay where the firmware has put them. */
static void clean_modules(const struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].present)
            cpu_clean(plan->modules[i].from);
}

/*
 * Would the bare stage come to its end? What only hardware says is not asked: its registers need
 * not be mapped here. All errors that can be known are known while the firmware has words.
 */
static void rehearse(struct stage *stage, const struct shim_range tree)
{
    const struct shim_arena before = stage->job.arena;

    stage->blob = (const uint8_t *)(uintptr_t)tree.base;
    stage->tree = tree;
    stage_require(stage, shim_job_open(&stage->job, stage->blob, tree.size, NULL, NULL, before,
                                       &stage->error));
    stage_take_ram(stage);
    stage_gather_facts(stage);
    stage_require(stage, shim_job_plan(&stage->job, &stage->error));
    stage_require_contract(stage);
    if (!stage->job.recognised) {
        stage_check_sources(stage);
        stage_require(stage, shim_job_promise(&stage->job, &stage->error));
        clean_modules(&stage->job.plan);
    }
    stage->job = (struct shim_job){ .arena = before };
}

/* Some firmware refuses the first time: nothing but the map may be asked for then. */
static void end_services(struct firmware *firmware, const struct shim_tree *tree)
{
    for (unsigned i = 0; i < TRIES; i++) {
        prepare(firmware, tree);
        firmware->services_end = true;
        if (!services_of(firmware)->exit_boot_services(firmware->image, firmware->map_key))
            return;
    }
    cpu_stop();
}

void firmware_become_bare(struct firmware *firmware, const struct shim_tree *tree)
{
    struct stage *stage = firmware->stage;

    firmware->prepared = firmware_pages(firmware, tree->total + (uint64_t)SPARE, "the tree");
    rehearse(stage, (struct shim_range){ firmware->prepared.base, prepare(firmware, tree) });
    shim_print(&stage->sink, "dtshim: leaving the firmware\n");
    end_services(firmware, tree);
    cpu_mask_interrupts();
    cpu_clean(firmware->prepared);
    cpu_clean(stage->own);
    stage_leave((uintptr_t)stage_start, firmware->prepared.base);
}
