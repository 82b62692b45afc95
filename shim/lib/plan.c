// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <dtshim/plan.h>

static void note(struct shim_plan *plan, struct shim_note note)
{
    struct shim_note *kept = shim_alloc(plan->arena, 1, sizeof(*kept));

    if (!kept)
        return;
    *kept = note;
    *plan->notes_end = kept;
    plan->notes_end = &kept->next;
}

void shim_note(struct shim_plan *plan, enum shim_note_kind kind, const char *pass,
               uint32_t node, const char *what, const char *reason)
{
    note(plan, (struct shim_note){ .kind = kind, .pass = pass, .node = node, .what = what,
                                   .reason = reason });
}

void shim_note_device(struct shim_plan *plan, enum shim_note_kind kind, const char *pass,
                      uint32_t node, const char *what, const char *reason)
{
    note(plan, (struct shim_note){ .kind = kind, .pass = pass, .node = node, .device = true,
                                   .what = what, .reason = reason });
}

uint64_t shim_plan_offset(const struct shim_plan *plan)
{
    uint64_t offset = plan->machine_base - plan->dom0.base;

    return shim_cells(plan->tree, SHIM_ROOT).address == 1 ? (uint32_t)offset : offset;
}

bool shim_plan_has_offset(const struct shim_plan *plan)
{
    return shim_plan_offset(plan) != 0 && plan->coverage != SHIM_COVERAGE_ALL;
}

struct shim_range shim_plan_machine_block(const struct shim_plan *plan)
{
    return (struct shim_range){ plan->machine_base, plan->dom0.size };
}

const char *shim_coverage_word(enum shim_coverage coverage)
{
    return shim_word("none\0some\0all\0", coverage);
}

const struct shim_module *shim_module_of(const struct shim_plan *plan, enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (plan->modules[i].kind == kind)
            return &plan->modules[i];
    return NULL;
}

const char *shim_module_word(enum shim_module_kind kind)
{
    return shim_word("Xen\0tree\0kernel\0ramdisk\0module\0", kind);
}
