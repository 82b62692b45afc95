// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/native/place.h"

#include "shim/base/mem.h"
#include "shim/base/span.h"
#include "shim/xen/payload.h"

static const enum shim_pass_id pass = SHIM_PASS_PLACEMENT;

#define PAGE ((uint64_t)4096)
#define BLOCK ((uint64_t)2 << 20) /* of an arm64 Image (booting.rst), and of stage 2 */

/* Where modules may go: dom0's memory, or the RAM outside it. */
struct area {
    uint64_t offset;           /* machine address minus what its places are counted in */
    struct shim_ranges ground; /* machine addresses: RAM that is not reserved */
    struct shim_ranges free;   /* of it, what holds nothing that is still to be read */
};

struct places {
    struct shim_plan *plan;
    struct area inside;  /* counted in guest addresses */
    struct area outside; /* counted in machine addresses */
};

bool shim_native_has_payload(const struct shim_plan *plan)
{
    return shim_module_of(plan, SHIM_MODULE_KERNEL);
}

/* dom0's address of a module in its memory. */
static uint64_t guest_address(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->to - plan->machine_base + plan->dom0.base;
}

/* ---- what is free -------------------------------------------------------------------- */

/* Without what is reserved, nor page 0: a tree at address 0 is taken for none. */
static bool usable_ram(struct shim_ranges *set, const struct shim_plan *plan)
{
    return shim_ranges_copy(set, &plan->board->ram, plan->arena, plan->board->reserved.count + 3) &&
           shim_ranges_remove(set, (struct shim_range){ 0, PAGE }) &&
           shim_ranges_remove_all(set, &plan->board->reserved);
}

static bool keep_only(struct shim_ranges *set, struct shim_range range)
{
    uint64_t end = shim_range_end(range);

    return shim_ranges_remove(set, (struct shim_range){ 0, range.base }) &&
           shim_ranges_remove(set, (struct shim_range){ end, UINT64_MAX - end });
}

/* `area->ground` is set. */
static bool find_free(struct area *area, const struct shim_plan *plan)
{
    bool fits = shim_ranges_copy(&area->free, &area->ground, plan->arena,
                                 2 * SHIM_MODULES_MAX + 2) &&
                shim_without_sources(&area->free, plan);

    for (uint32_t i = 0; i < area->free.count; i++)
        area->free.at[i].base -= area->offset;
    return fits;
}

static bool take_stock(struct places *places, struct shim_plan *plan)
{
    struct shim_range block = shim_plan_machine_block(plan);

    *places = (struct places){ .plan = plan };
    places->inside.offset = plan->machine_base - plan->dom0.base;
    return usable_ram(&places->inside.ground, plan) && keep_only(&places->inside.ground, block) &&
           usable_ram(&places->outside.ground, plan) &&
           shim_ranges_remove(&places->outside.ground, block) &&
           find_free(&places->inside, plan) && find_free(&places->outside, plan);
}

/* ---- placing ---------------------------------------------------------------------------- */

static struct area *area_of(struct places *places, const struct shim_module *module)
{
    return module->kind == SHIM_MODULE_XEN ? &places->outside : &places->inside;
}

static void settle(struct area *area, struct shim_module *module, uint64_t at)
{
    module->to = at + area->offset;
    module->placed = true;
    shim_ranges_remove(&area->free, (struct shim_range){ at, module->room });
}

static bool meets_a_source(const struct shim_plan *plan, const struct shim_module *module,
                           struct shim_range own)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (&plan->modules[i] != module && plan->modules[i].present &&
            shim_range_overlaps(own, plan->modules[i].from))
            return true;
    return shim_range_overlaps(own, plan->facts->stage) ||
           shim_range_overlaps(own, plan->facts->tree);
}

/* Kernels before 5.8 want to be run this far into 2 MiB. */
static uint64_t skew_of(const struct shim_plan *plan, const struct shim_module *module)
{
    return module->kind == SHIM_MODULE_KERNEL ? plan->facts->kernel_offset : 0;
}

/* Where it is already: in its area, aligned as it must be, and not in the way. */
static bool may_stay(struct places *places, const struct shim_module *module)
{
    struct area *area = area_of(places, module);
    struct shim_range own = { module->from.base, module->room };
    uint64_t alignment = module->kind == SHIM_MODULE_KERNEL ? BLOCK : PAGE;
    uint64_t at = own.base - area->offset - skew_of(places->plan, module);

    return module->present && at % alignment == 0 &&
           shim_ranges_holding(&area->ground, own) &&
           !meets_a_source(places->plan, module, own);
}

static void keep_in_place(struct places *places)
{
    struct shim_plan *plan = places->plan;

    for (uint32_t i = 0; i < plan->module_count; i++) {
        struct area *area = area_of(places, &plan->modules[i]);

        if (may_stay(places, &plan->modules[i]))
            settle(area, &plan->modules[i], plan->modules[i].from.base - area->offset);
    }
}

static enum shim_code no_place(const struct shim_plan *plan, const struct shim_module *module,
                               struct shim_error *error)
{
    const char *node = module->node == SHIM_NONE ? "/chosen"
                                                 : SHIM_PATH(plan->tree, module->node);

    if (module->kind == SHIM_MODULE_XEN)
        return shim_fail(error, SHIM_E_PLACEMENT, node, NULL,
                         "make dom0-mem smaller, or choose a machine-base that leaves room",
                         "no %s of free RAM is left for the hypervisor outside dom0's machine "
                         "block 0x%llx-0x%llx", SHIM_SIZE(module->room), SHIM_X(plan->machine_base),
                         SHIM_X(shim_range_end(shim_plan_machine_block(plan)) - 1));
    return shim_fail(error, SHIM_E_PLACEMENT, node, NULL,
                     "make dom0-mem larger, or load all files outside dom0's machine block",
                     "no %s is left for the %s in the %s of dom0's memory",
                     SHIM_SIZE(module->room), shim_module_word(module->kind),
                     SHIM_SIZE(plan->dom0.size));
}

/* The lowest place: kernels before 4.6 do not use RAM below them. */
static enum shim_code place(struct places *places, struct shim_module *module,
                            struct shim_error *error)
{
    struct area *area = area_of(places, module);
    uint64_t alignment = module->kind == SHIM_MODULE_RAMDISK ? PAGE : BLOCK;
    uint64_t skew = skew_of(places->plan, module);
    uint64_t at;

    if (!shim_ranges_fit(&area->free, 0, skew + module->room, alignment, &at))
        return no_place(places->plan, module, error);
    settle(area, module, at + skew);
    return SHIM_OK;
}

static enum shim_code place_others(struct places *places, struct shim_error *error)
{
    static const enum shim_module_kind order[] = { SHIM_MODULE_XEN, SHIM_MODULE_KERNEL,
                                                   SHIM_MODULE_RAMDISK, SHIM_MODULE_TREE };
    struct shim_plan *plan = places->plan;
    enum shim_code code = SHIM_OK;

    for (unsigned kind = 0; kind < sizeof(order) / sizeof(order[0]); kind++)
        for (uint32_t i = 0; !code && i < plan->module_count; i++)
            if (plan->modules[i].kind == order[kind] && !plan->modules[i].placed)
                code = place(places, &plan->modules[i], error);
    return code;
}

/* ---- the decision ---------------------------------------------------------------------------- */

static enum shim_code check_kind(const struct shim_plan *plan, const struct shim_module *module,
                                 struct shim_error *error)
{
    if (module->kind != SHIM_MODULE_OTHER)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(plan->tree, module->node), "compatible",
                     "remove the node", "is neither dom0's kernel nor its ramdisk, and native "
                                        "passes nothing else");
}

static enum shim_code check_nodes(const struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < plan->module_count; i++)
        if (plan->modules[i].kind != SHIM_MODULE_XEN)
            code = shim_check_module_cells(plan, &plan->modules[i],
                                           guest_address(plan, &plan->modules[i]), error);
    return code;
}

static const char *reason_of(const struct shim_plan *plan, const struct shim_module *module)
{
    if (module->present && module->from.base == module->to)
        return "it is not in the way there";
    if (module->kind == SHIM_MODULE_XEN)
        return "the lowest free place outside dom0's machine block";
    return shim_say(plan->arena, "the lowest free place in dom0's memory: machine address 0x%llx",
                    SHIM_X(module->to));
}

static void note_places(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];
        bool stays = module->present && module->from.base == module->to;
        bool guest = module->kind != SHIM_MODULE_XEN;

        shim_note(plan, SHIM_DECISION, pass, module->node,
                  shim_say(plan->arena, "%s %s %s address 0x%llx",
                           shim_plan_module_word(plan, module->kind),
                           stays ? "stays at" : "goes to", guest ? "guest" : "machine",
                           SHIM_X(guest ? guest_address(plan, module) : module->to)),
                  reason_of(plan, module));
    }
}

enum shim_code shim_native_place(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;
    struct places places;

    for (uint32_t i = 0; !code && i < plan->module_count; i++)
        code = check_kind(plan, &plan->modules[i], error);
    if (!code && !take_stock(&places, plan))
        code = shim_no_room(error, "to place the payload");
    if (code)
        return code;
    keep_in_place(&places);
    code = place_others(&places, error);
    if (!code)
        code = check_nodes(plan, error);
    if (!code)
        note_places(plan);
    return code;
}

/* ---- write -------------------------------------------------------------------------------- */

/* What a boot loader wrote there were machine addresses. */
static void write_initrd(const struct shim_plan *plan, struct shim_edits *edits,
                         struct shim_cursor chosen)
{
    const struct shim_module *ramdisk = shim_module_of(plan, SHIM_MODULE_RAMDISK);

    if (ramdisk) {
        uint64_t start = guest_address(plan, ramdisk);

        shim_put_u64(edits, chosen, "linux,initrd-start", start);
        shim_put_u64(edits, chosen, "linux,initrd-end", start + ramdisk->from.size);
    } else if (chosen.node != SHIM_NONE) {
        shim_delete_prop(edits, chosen.node, SHIM_INITRD_START);
        shim_delete_prop(edits, chosen.node, SHIM_INITRD_END);
    }
}

void shim_native_write_payload(const struct shim_plan *plan, struct shim_edits *edits,
                               struct shim_cursor chosen)
{
    const char *line = shim_dom0_line(plan);

    if (line)
        shim_put_string(edits, chosen, "bootargs", line);
    write_initrd(plan, edits, chosen);
    if (plan->layout != SHIM_LAYOUT_OFFSET) /* else they have all been moved or dropped */
        shim_free_ramdisk(plan, edits);
    shim_put_module_cells(plan, edits, chosen);
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (module->kind != SHIM_MODULE_XEN)
            shim_write_module(plan, edits, chosen, module,
                              guest_address(plan, module));
        else if (module->node != SHIM_NONE)
            shim_delete_node(edits, module->node);
    }
}
