// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/promise.h"

#include "shim/base/mem.h"
#include "shim/model/forecast.h"
#include "shim/model/untold.h"
#include "shim/model/walked.h"
#include "shim/plan/write.h"
#include "shim/xen/boot.h"
#include "shim/xen/plan.h"
#include "shim/xen/releases.h"

/* ---- what is booted ---------------------------------------------------------------- */

/* No node is written for it (see shim_write_module()): its size may be an assumption. */
static bool is_to_come(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->node == SHIM_NONE && plan->payload_assumed && !plan->domain &&
           module->kind != SHIM_MODULE_XEN && module->kind != SHIM_MODULE_TREE;
}

static void add_to_come(const struct shim_plan *plan, struct shim_xen_boot *boot,
                        struct shim_xen_module *more)
{
    boot->more = more;
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (is_to_come(plan, &plan->modules[i]))
            more[boot->more_count++] = (struct shim_xen_module){
                .kind = plan->modules[i].kind, .node = SHIM_NONE, .domain = SHIM_NONE,
                .at = { plan->modules[i].to, plan->modules[i].from.size },
                .assumed = plan->modules[i].assumed };
}

static struct shim_range place_of(const struct shim_plan *plan, enum shim_module_kind kind)
{
    const struct shim_module *module = shim_module_of(plan, kind);

    return module ? (struct shim_range){ module->to, module->room } : (struct shim_range){ 0, 0 };
}

static struct shim_xen_boot boot_of(const struct shim_plan *plan, const struct shim_tree *written)
{
    struct shim_xen_boot boot = *shim_plan_boot(plan);

    boot.image = place_of(plan, SHIM_MODULE_XEN);
    boot.tree = place_of(plan, SHIM_MODULE_TREE);
    boot.tree.size = written->total;
    return boot;
}

static struct shim_kernel_image kernel_of(const struct shim_plan *plan)
{
    return (struct shim_kernel_image){ plan->kernel_bits, plan->facts->kernel_room,
                                       plan->facts->kernel_offset,
                                       plan->facts->kernel_unpacked,
                                       plan->facts->kernel_strange };
}

/*
 * dom0's tree needs as much room as the one that it is made from, apart from what is read of
 * that. With less, in a stage, only memory and what Xen reads early are checked.
 */
static bool has_room_for_dom0s(const struct shim_tree *written, const struct shim_arena *arena)
{
    return shim_arena_left(arena) / 4 > (size_t)written->total + (64 << 10);
}

/* ---- what comes out ------------------------------------------------------------------ */

/* Of devices and cores: wherever dom0's memory is, and however much, Xen stops at them. */
static const char elsewhere[] = "interrupt-number\0interrupt\0interrupt-type\0interrupt-unread\0"
                                "address\0bus\0cpus\0root-cells\0";

static enum shim_code refuse_stop(const struct shim_forecast *forecast,
                                  const struct shim_tree *written, struct shim_error *error)
{
    const struct shim_stop *stop = forecast->stop;
    struct shim_path path = { "" };

    if (stop->node != SHIM_NONE)
        path = shim_path(written, stop->node);
    return shim_fail(error, shim_matches_one(elsewhere, stop->id) ? SHIM_E_UNSUPPORTED
                                                                  : SHIM_E_PLACEMENT,
                     path.s, NULL, stop->remedy,
                     stop->silent      ? "Xen %s would stop without a message: %s"
                     : stop->words[0] ? "Xen %s would stop: %s: \"%s\""
                                      : "Xen %s would not get to dom0: %s",
                     forecast->boot.release->name, stop->why, stop->words);
}

static bool is_too_large(const struct shim_forecast *forecast)
{
    return forecast->stop && !strcmp(forecast->stop->id, "first-bank-room");
}

/* A payload of assumed sizes may well be smaller. A domain's memory is none of dom0's. */
static bool is_sure(const struct shim_plan *plan, const struct shim_forecast *forecast)
{
    const struct shim_stop *stop = forecast->stop;

    if (!stop || (plan->domain && stop != &forecast->sight.stop && stop != &forecast->sight.late))
        return false;
    return !plan->payload_assumed || !is_too_large(forecast);
}

/* Which piece under 4 MiB comes last depends on Xen's own allocations, which are not known. */
static const char *other_size(const struct shim_forecast *forecast, const char *otherwise)
{
    return (forecast->memory.size % (4 << 20)) ? "choose a dom0-mem in whole 4 MiB" : otherwise;
}

enum { BANKS_NAMED = 3, BANKS_ROOM = 160 };

static enum shim_code refuse_banks(const struct shim_forecast *forecast, struct shim_error *error)
{
    const struct shim_dom0_memory *memory = &forecast->memory;
    char banks[BANKS_ROOM];
    struct shim_text text = shim_text(banks, sizeof(banks));

    for (uint32_t i = 0; i < memory->count && i < BANKS_NAMED; i++)
        shim_textf(&text, "%s0x%llx-0x%llx", i ? ", " : "", SHIM_X(memory->banks[i].base),
                   SHIM_X(shim_range_end(memory->banks[i]) - 1));
    return shim_fail(error, SHIM_E_PLACEMENT, "", NULL,
                     other_size(forecast, "choose another dom0-mem or dom0-base, and please report "
                                "it with the tree"),
                     "Xen %s would give dom0 %s%s, which is not what was planned",
                     forecast->boot.release->name, banks, memory->count > BANKS_NAMED ? ", ..." : "");
}

/* It came out as planned by the best guess at what varies, and another guess has another end. */
static enum shim_code refuse_doubt(const struct shim_forecast *forecast, struct shim_error *error)
{
    const char *word = shim_sight_moves_memory(&forecast->sight);

    if (word)
        return shim_fail(error, SHIM_E_PLACEMENT, "/chosen", NULL,
                         "remove it from Xen's command line",
                         "with \"%s\" Xen %s may give dom0 different memory", word,
                         forecast->boot.release->name);
    return shim_fail(error, SHIM_E_PLACEMENT, "", NULL,
                     other_size(forecast, "remove bootscrub= and no-bootscrub from Xen's command "
                                "line, or choose another dom0-mem"),
                     "Xen %s may give dom0 different memory from boot to boot",
                     forecast->boot.release->name);
}

/* Of what was written; a tag in what is reserved of memory says nothing. */
static uint32_t next_tag(const struct shim_tree *written, uint32_t node)
{
    while (node < written->node_count &&
           !(shim_prop_named(written, node, "xen-dma-safe").at && shim_tags_count(written, node)))
        node++;
    return node;
}

/* Each device with xen-dma-safe is behind an IOMMU as a whole, for this release, too. */
static enum shim_code check_tags(const struct shim_forecast *forecast,
                                 const struct shim_tree *written, struct shim_error *error)
{
    uint32_t node = next_tag(written, 1);

    for (; node < written->node_count; node = next_tag(written, node + 1))
        if (!shim_dom0_protects(&forecast->dom0, written, node))
            return shim_fail(error, SHIM_E_PLACEMENT, SHIM_PATH(written, node), "xen-dma-safe",
                             "remove this device's IOMMU from iommu-drivers, and please report it "
                             "with the tree",
                             "Xen %s would not protect its DMA, which is not what was planned",
                             forecast->boot.release->name);
    return SHIM_OK;
}

static bool has_banks(const struct shim_plan *plan, const struct shim_dom0_memory *memory)
{
    struct shim_range block = shim_plan_machine_block(plan);

    return shim_dom0_has_blocks(memory, plan->block_count ? plan->blocks : &block,
                                shim_plan_block_count(plan));
}

/* What it takes of the arena is given back. */
static enum shim_code check_one(const struct shim_plan *plan, const struct shim_tree *written,
                                const struct shim_xen_boot *boot, struct shim_arena arena,
                                struct shim_error *error)
{
    struct shim_forecast *forecast = shim_alloc(&arena, 1, sizeof(*forecast));
    struct shim_kernel_image kernel = kernel_of(plan);
    enum shim_forecast_tree with = has_room_for_dom0s(written, &arena) ? SHIM_TREE_FITS
                                                                       : SHIM_TREE_NONE;
    enum shim_code code;

    if (!forecast)
        return shim_no_room(error, "for the forecast of Xen");
    code = shim_xen_forecast(forecast, written, boot, &kernel, with, &arena, error);
    if (code)
        return code;
    if (is_sure(plan, forecast))
        return refuse_stop(forecast, written, error);
    if (plan->domain)
        return SHIM_OK;
    if (!has_banks(plan, &forecast->memory))
        return refuse_banks(forecast, error);
    if (!forecast->memory.sure_of_memory)
        return refuse_doubt(forecast, error);
    return forecast->dom0.len ? check_tags(forecast, written, error) : SHIM_OK;
}

enum shim_code shim_xen_check_promise(const struct shim_plan *plan, const struct shim_tree *written,
                                      struct shim_arena *arena, struct shim_error *error)
{
    const struct shim_releases *releases = &plan->xen->releases;
    struct shim_xen_module *more = shim_alloc(arena, SHIM_MODULES_MAX, sizeof(*more));
    struct shim_xen_boot boot = boot_of(plan, written);
    enum shim_code code;

    boot.kinds = shim_xen_kinds(&boot, written, arena);
    boot.walked = shim_walked_new(written, &boot.kinds, arena);
    if (!more || !boot.kinds.of || !boot.walked)
        return shim_no_room(error, "for the forecast of Xen");
    add_to_come(plan, &boot, more);
    boot.release = releases->first;
    code = check_one(plan, written, &boot, *arena, error);
    boot.release = releases->last;
    return code || releases->first == releases->last ? code
                                                     : check_one(plan, written, &boot, *arena, error);
}
