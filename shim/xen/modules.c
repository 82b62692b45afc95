// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * modules: what must be in memory when Xen starts, and where it is now.
 *
 * Xen's own words are those of xen/docs/misc/arm/device-tree/booting.txt; Xen
 * itself is "dtshim,hypervisor", because Xen would take any
 * "multiboot,module" for a module of its own.
 */
#include "shim/xen/modules.h"

#include "shim/model/release.h"
#include "shim/plan/contract.h"
#include "shim/plan/memory.h"
#include "shim/xen/module_nodes.h"

static const enum shim_pass_id pass = SHIM_PASS_MODULES;

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)
#define SMALL_RAM (512 * MIB)

/* Where no payload is named, what it is assumed to need. */
enum { ASSUMED_XEN_MIB = 2, ASSUMED_KERNEL_MIB = 64, ASSUMED_RAMDISK_MIB = 64,
       SMALL_KERNEL_MIB = 40, SMALL_RAMDISK_MIB = 40,
       SMALL_KERNEL_32_MIB = 16, SMALL_RAMDISK_32_MIB = 32,
       /* Memory after the file, where the header cannot be read. */
       BSS_MIB = 1,  /* Xen's: 0.4 MiB in 4.17 */
       KERNEL_BSS_MIB = 16 };

static uint32_t guessed_modules(const struct shim_plan *plan)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->module_count; i++)
        count += plan->modules[i].guessed;
    return count;
}

/*
 * A module without a kind is guessed by Xen: the first of them is the kernel, the second the
 * ramdisk, domains' ones counted (process_multiboot_node(), 4.17).
 */
static enum shim_module_kind guess(struct shim_plan *plan, uint32_t node)
{
    static const enum shim_module_kind kinds[] = { SHIM_MODULE_KERNEL, SHIM_MODULE_RAMDISK };
    uint32_t before = guessed_modules(plan);
    enum shim_module_kind kind = before < 2 ? kinds[before] : SHIM_MODULE_OTHER;

    if (shim_is_domains_module(plan->tree, node))
        return kind;
    shim_note(plan, SHIM_WARNING, pass, node,
              shim_say(plan->arena, "used as the %s", shim_module_word(kind)),
              "its compatible does not state its kind; Xen guesses by order in the same way");
    return kind;
}

/* A domain's is one of the others: only Xen itself has to do with it. */
static enum shim_module_kind kind_of(struct shim_plan *plan, uint32_t node, bool *guessed)
{
    enum shim_module_kind kind;

    *guessed = !shim_module_says_kind(plan->tree, node, &kind);
    if (*guessed)
        kind = guess(plan, node);
    return shim_is_domains_module(plan->tree, node) ? SHIM_MODULE_OTHER : kind;
}

static uint64_t with_bss(uint64_t file, uint64_t told, uint64_t assumed)
{
    return told > file ? told : file + assumed;
}

uint64_t shim_hypervisor_room(const struct shim_facts *facts, uint64_t file)
{
    return shim_align_up(with_bss(file, facts->hypervisor_room, BSS_MIB * MIB), PAGE);
}

uint64_t shim_hypervisor_file(uint64_t room)
{
    return room > BSS_MIB * MIB ? room - BSS_MIB * MIB : 0;
}

/* Xen copies dom0's kernel elsewhere; under native it runs where it is put. */
static uint64_t room_of(const struct shim_plan *plan, enum shim_module_kind kind, uint64_t size)
{
    if (kind == SHIM_MODULE_XEN)
        size = shim_hypervisor_room(plan->facts, size);
    if (kind == SHIM_MODULE_KERNEL && plan->contract->kernel_in_place)
        size = with_bss(size, plan->facts->kernel_room, KERNEL_BSS_MIB * MIB);
    return shim_align_up(size, PAGE);
}

enum shim_code shim_add_module(struct shim_plan *plan, struct shim_module module,
                               struct shim_error *error)
{
    if (plan->module_count == SHIM_MODULES_MAX)
        return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL, "remove some of them",
                         "more than %u modules; Xen ignores the rest", SHIM_MODULES_MAX);
    module.room = room_of(plan, module.kind, module.from.size);
    plan->payload_assumed |= module.assumed;
    plan->modules[plan->module_count++] = module;
    return SHIM_OK;
}

/* What was loaded last has overwritten the other. */
static enum shim_code check_apart(const struct shim_plan *plan, const char *node,
                                  const char *property, struct shim_range from,
                                  struct shim_error *error)
{
    const char *other = shim_range_overlaps(plan->facts->tree, from) ? "device tree" : NULL;
    uint64_t base = plan->facts->tree.base;

    for (uint32_t i = 0; !other && i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (module->node != SHIM_NONE && shim_range_overlaps(module->from, from)) {
            other = shim_plan_module_word(plan, module->kind);
            base = module->from.base;
        }
    }
    if (!other)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_PAYLOAD, node, property,
                     "load both again, without overlap",
                     "0x%llx-0x%llx overlaps the %s at 0x%llx", SHIM_X(from.base),
                     SHIM_X(shim_range_end(from) - 1), other, SHIM_X(base));
}

/* Its bytes are where they can be read, and its own; if they are there yet. */
static enum shim_code check_place(const struct shim_plan *plan, const char *node,
                                  const char *property, struct shim_range from,
                                  struct shim_error *error)
{
    if (plan->facts->unloaded)
        return SHIM_OK;
    if (!shim_ranges_holding(&plan->board->ram, from))
        return shim_fail(error, SHIM_E_PAYLOAD, node, property, "load it into RAM, and state where",
                         "0x%llx-0x%llx is not RAM throughout", SHIM_X(from.base),
                         SHIM_X(shim_range_end(from) - 1));
    if (shim_ranges_meeting(&plan->board->unmapped, from))
        return shim_fail(error, SHIM_E_PAYLOAD, node, property, "load it elsewhere",
                         "is in a no-map region of /reserved-memory");
    return check_apart(plan, node, property, from, error);
}

/* The node of a module may be deleted as a whole. They are met in document order. */
static bool inside_module(const struct shim_plan *plan, uint32_t node)
{
    for (uint32_t i = 0; i < plan->module_count; i++)
        if (node < plan->tree->nodes[plan->modules[i].node].past)
            return true;
    return false;
}

/*
 * Another node of a module that is known already: it goes where that one goes. Where nothing is
 * loaded yet, the same place in two nodes says nothing.
 */
static bool is_shared(const struct shim_plan *plan, uint32_t node)
{
    for (uint32_t i = 0; !plan->facts->unloaded && i < plan->module_count; i++)
        if (shim_shares_module(plan->tree, node, plan->modules[i].node))
            return true;
    return false;
}

/* To Xen it is none. */
static enum shim_code note_overlooked(struct shim_plan *plan, uint32_t node)
{
    shim_note(plan, SHIM_WARNING, pass, node, "is ignored: Xen does not look for modules there",
              "Xen looks for modules in /chosen and its child nodes, no deeper, and accepts paths "
              "of at most 91 characters");
    return SHIM_OK;
}

static enum shim_code add_node(struct shim_plan *plan, uint32_t node, struct shim_error *error)
{
    bool xen = shim_compatible(plan->tree, node, "dtshim,hypervisor");
    struct shim_module module = { .node = node, .present = !plan->facts->unloaded };
    enum shim_code code;

    if (inside_module(plan, node))
        return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(plan->tree, node), "compatible",
                         "put module nodes side by side",
                         "is a module inside another one");
    if (shim_is_overlooked(plan->tree, node))
        return note_overlooked(plan, node);
    if (is_shared(plan, node))
        return SHIM_OK;
    module.kind = xen ? SHIM_MODULE_XEN : kind_of(plan, node, &module.guessed);
    if (module.kind != SHIM_MODULE_OTHER && shim_module_of(plan, module.kind))
        return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(plan->tree, node), "compatible",
                         "keep one of the two", "a second %s",
                         shim_plan_module_word(plan, module.kind));
    code = shim_read_module(plan->tree, node, &module.from, error);
    if (!code)
        code = check_place(plan, SHIM_PATH(plan->tree, node), "reg", module.from, error);
    return code ? code : shim_add_module(plan, module, error);
}

static enum shim_code add_nodes(struct shim_plan *plan, struct shim_error *error)
{
    uint32_t node = shim_next_module_node(plan->tree, SHIM_NONE);
    enum shim_code code = SHIM_OK;

    for (; !code && node != SHIM_NONE; node = shim_next_module_node(plan->tree, node))
        code = add_node(plan, node, error);
    return code;
}

/* Of an empty part a record could say nothing. */
static enum shim_code refuse_empty(const struct shim_plan *plan, enum shim_module_kind kind,
                                   struct shim_error *error)
{
    return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL, "rebuild the payload with its files",
                     "the %s has 0 bytes: %s", shim_plan_module_word(plan, kind),
                     plan->facts->payload_source);
}

static enum shim_code add_carried(struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < plan->facts->payload_count; i++) {
        const struct shim_payload_part *part = &plan->facts->payload[i];

        if (shim_module_of(plan, part->kind))
            return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL,
                             "name the payload in /chosen or in a FIT, not in both",
                             "the tree names a %s, but there already is one: %s",
                             shim_plan_module_word(plan, part->kind), plan->facts->payload_source);
        if (!part->at.size)
            return refuse_empty(plan, part->kind, error);
        code = shim_add_module(plan, (struct shim_module){ .kind = part->kind, .node = SHIM_NONE,
                                                      .from = part->at,
                                                      .present = !plan->facts->unloaded,
                                                      .assumed = part->assumed }, error);
    }
    return code;
}

static enum shim_code add_ramdisk(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_module module = { .kind = SHIM_MODULE_RAMDISK, .node = SHIM_NONE,
                                  .from = plan->board->ramdisk,
                                  .present = !plan->facts->unloaded };
    const char *malformed = shim_malformed_initrd(plan->tree, plan->facts);
    enum shim_code code;

    if (malformed)
        return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", malformed,
                         "remove linux,initrd-start and linux,initrd-end, or give each an address "
                         "of one or two cells", "is not an address of one or two cells");
    if (!plan->board->ramdisk.size)
        return SHIM_OK;
    if (shim_module_of(plan, SHIM_MODULE_RAMDISK)) {
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE, "linux,initrd-start is ignored",
                  "the ramdisk has a module of its own");
        return SHIM_OK;
    }
    code = check_place(plan, "/chosen", "linux,initrd-start", module.from, error);
    return code ? code : shim_add_module(plan, module, error);
}

/* Are sizes wanted where nothing is named? Where something is to boot now, they are not. */
static bool may_assume(const struct shim_plan *plan)
{
    if (plan->facts->unloaded)
        return true;
    return !plan->contract->payload_optional && !plan->module_count &&
           !plan->facts->stage.size;
}

uint64_t shim_assumed_size(enum shim_module_kind kind)
{
    static const uint8_t mib[] = {
        [SHIM_MODULE_XEN] = ASSUMED_XEN_MIB,
        [SHIM_MODULE_KERNEL] = ASSUMED_KERNEL_MIB,
        [SHIM_MODULE_RAMDISK] = ASSUMED_RAMDISK_MIB,
    };

    return mib[kind] * MIB;
}

/* Debian 12's: Image 32 MiB, a zImage of armhf 5 MiB; ramdisks 30 to 40 MiB. */
uint64_t shim_assumed_on(const struct shim_board *board, enum shim_module_kind kind)
{
    uint64_t ram = shim_ranges_total(&board->ram);
    bool narrow = shim_core_bits(board->tree) == 32;

    if (!ram || ram >= SMALL_RAM || kind == SHIM_MODULE_XEN)
        return shim_assumed_size(kind);
    if (kind == SHIM_MODULE_KERNEL)
        return (narrow ? SMALL_KERNEL_32_MIB : SMALL_KERNEL_MIB) * MIB;
    return (narrow ? SMALL_RAMDISK_32_MIB : SMALL_RAMDISK_MIB) * MIB;
}

/*
 * Sizes to plan with where the payload is not known yet. Beside a payload that is known in
 * part there need not be a ramdisk.
 */
static enum shim_code assume_payload(struct shim_plan *plan, struct shim_error *error)
{
    static const enum shim_module_kind assumed[] = { SHIM_MODULE_XEN, SHIM_MODULE_KERNEL,
                                                     SHIM_MODULE_RAMDISK };
    unsigned wanted = sizeof(assumed) / sizeof(assumed[0]) - (plan->module_count ? 1 : 0);
    enum shim_code code = SHIM_OK;

    for (unsigned i = 0; !code && i < wanted; i++)
        if (!shim_module_of(plan, assumed[i]))
            code = shim_add_module(plan, (struct shim_module){
                    .kind = assumed[i], .node = SHIM_NONE, .assumed = true,
                    .from = { 0, shim_assumed_on(plan->board, assumed[i]) } }, error);
    if (plan->facts->unloaded)
        return code;
    shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE,
                     "no Xen, kernel or ramdisk is named in /chosen",
                     shim_say(plan->arena, "their places below are advice, for assumed sizes of "
                              "%llu, %llu and %llu MiB",
                              SHIM_X(shim_assumed_on(plan->board, assumed[0]) / MIB),
                       SHIM_X(shim_assumed_on(plan->board, assumed[1]) / MIB),
                       SHIM_X(shim_assumed_on(plan->board, assumed[2]) / MIB)));
    return code;
}

/* Its size is not known before it is written; Xen maps that much for it. */
static enum shim_code add_tree(struct shim_plan *plan, struct shim_error *error)
{
    struct shim_module tree = { .kind = SHIM_MODULE_TREE, .node = SHIM_NONE,
                                .from = { 0, SHIM_XEN_TREE_MAX } };

    return shim_add_module(plan, tree, error);
}

static enum shim_code require_all(const struct shim_plan *plan, struct shim_error *error)
{
    static const char remedy[] =
        "add to /chosen the hypervisor as \"dtshim,hypervisor\" and the kernel as "
        "\"multiboot,kernel\", each with reg; or append a FIT with both to the stage; or, in "
        "U-Boot, use dtshim boot";

    for (enum shim_module_kind kind = SHIM_MODULE_XEN; kind <= SHIM_MODULE_KERNEL; kind++)
        if (kind != SHIM_MODULE_TREE && !shim_module_of(plan, kind))
            return shim_fail(error, SHIM_E_PAYLOAD, "/chosen", NULL, remedy,
                             "no %s to boot", shim_plan_module_word(plan, kind));
    return SHIM_OK;
}

static const char *source_of(const struct shim_plan *plan, const struct shim_module *module)
{
    if (module->node != SHIM_NONE)
        return "from its node";
    return plan->board->ramdisk.size && module->from.base == plan->board->ramdisk.base
               ? "from linux,initrd-start" : plan->facts->payload_source;
}

static void note_modules(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->module_count; i++) {
        const struct shim_module *module = &plan->modules[i];

        if (module->present)
            shim_note_detail(plan, SHIM_FINDING, pass, module->node,
                             shim_say(plan->arena, "%s at 0x%llx, %llu bytes",
                                      shim_plan_module_word(plan, module->kind),
                                      SHIM_X(module->from.base),
                                      SHIM_X(module->from.size)),
                             source_of(plan, module));
    }
}

enum shim_code shim_pass_modules(struct shim_plan *plan, struct shim_error *error)
{
    bool optional = plan->contract->payload_optional;
    enum shim_code code = add_nodes(plan, error);

    if (!code)
        code = add_carried(plan, error);
    if (!code)
        code = add_ramdisk(plan, error);
    if (!code && may_assume(plan))
        code = assume_payload(plan, error);
    if (!code && (!optional || plan->module_count || plan->facts->stage.size))
        code = require_all(plan, error);
    if (!code)
        code = add_tree(plan, error);
    if (!code)
        note_modules(plan);
    return code;
}
