// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Memory of modules that Xen frees once dom0 is built (discard_initial_modules()), and that was
 * free before, or freed already: Xen's allocator has no page twice.
 */
#include "shim/model/scan.h"

#define PAGE ((uint64_t)4096)

static const char twice[] = "Xen BUG at common/page_alloc.c";

/* A module's bytes end with a page, counted from its start; only whole pages are freed. */
static struct shim_range freed(const struct shim_xen_module *module)
{
    uint64_t base = shim_align_up(module->at.base, PAGE);
    uint64_t end = shim_align_down(module->at.base + shim_align_up(module->at.size, PAGE), PAGE);

    return (struct shim_range){ base, end > base ? end - base : 0 };
}

static bool is_reserved(const struct shim_sight *sight, struct shim_range range)
{
    for (uint32_t i = 0; i < sight->reserved.count; i++)
        if (shim_range_contains(sight->reserved.at[i].at, range))
            return true;
    return false;
}

/* Later releases drop the second one of two (add_boot_module()). */
static void find_meeting(struct shim_sight *sight, const struct shim_xen_module *one,
                         const struct shim_xen_module *other)
{
    struct shim_range common = shim_range_common(freed(one), freed(other));
    bool is_xen = one->kind == SHIM_MODULE_XEN || other->kind == SHIM_MODULE_XEN;

    if (common.size && !is_reserved(sight, common))
        shim_stop(&sight->late, "modules-meet", one->node,
                  shim_say(sight->arena, "0x%llx-0x%llx overlaps what is loaded at 0x%llx-0x%llx: "
                           "Xen frees both", SHIM_X(one->at.base),
                           SHIM_X(shim_range_end(one->at) - 1), SHIM_X(other->at.base),
                           SHIM_X(shim_range_end(other->at) - 1)),
                  "load each where nothing else is", "%s", is_xen ? "" : twice);
}

/*
 * Xen removes a module, itself and the tree from one bank only: what is in the next one is
 * free. It does not free itself, and what then happens is not announced.
 */
static void find_across_banks(struct shim_sight *sight, const struct shim_xen_module *module)
{
    bool is_xen = module->kind == SHIM_MODULE_XEN;

    for (uint32_t i = 0; i < sight->ram.count; i++) {
        struct shim_range bank = sight->ram.at[i].at;

        if (shim_range_overlaps(bank, module->at) && !shim_range_contains(bank, module->at))
            shim_stop(is_xen ? &sight->stop : &sight->late, "across-banks", module->node,
                      shim_say(sight->arena, "0x%llx-0x%llx is not inside one bank of RAM: Xen "
                               "hands out what is in the next one",
                               SHIM_X(module->at.base), SHIM_X(shim_range_end(module->at) - 1)),
                      "load it elsewhere, or join banks that touch into one reg entry", "%s",
                      is_xen ? "" : twice);
    }
}

void shim_scan_freed(struct shim_sight *sight)
{
    const struct shim_xen_module *modules = sight->modules;

    for (uint32_t i = 0; i < sight->module_count; i++) {
        if (!modules[i].at.size)
            continue;
        find_across_banks(sight, &modules[i]);
        if (!sight->boot->release->drops_meeting_module)
            for (uint32_t other = 0; other < i; other++)
                find_meeting(sight, &modules[i], &modules[other]);
    }
}
