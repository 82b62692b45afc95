// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where Xen stops before it has handed out any memory, apart from what a single node causes. */
#include "shim/base/mem.h"
#include "shim/model/scan.h"

#define PAGE ((uint64_t)4096)

/* ---- before the first node --------------------------------------------------------------- */

static void find_image_place(struct shim_sight *sight)
{
    const struct shim_release *release = sight->boot->release;
    struct shim_range image = sight->boot->image;

    if (!image.size)
        return;
    if (image.base % PAGE)
        shim_stop(&sight->stop, "xen-place", SHIM_NONE, "Xen is not at a page boundary",
                  "load it at a multiple of 4 KiB", "%s", "");
    if (image.base > release->clash_from && image.base < release->clash_to)
        shim_stop(&sight->stop, "xen-place", SHIM_NONE,
                  "Xen is started at its own virtual addresses, between 2 and 4 MiB",
                  "load Xen elsewhere",
                  "- Unable to build boot page tables - virt and phys addresses clash. -");
    if (sight->boot->arch == SHIM_XEN_ARM64 && release->highest && image.base >= release->highest)
        shim_stop(&sight->stop, "xen-place", SHIM_NONE,
                  "Xen is started above the addresses that this release can start at",
                  "load Xen lower", "Cannot handle ID mapping above %lluTB",
                  (unsigned long long)(release->highest >> 40));
}

/* early_fdt_map() */
static void find_tree_place(struct shim_sight *sight)
{
    struct shim_range tree = sight->boot->tree;

    if (sight->tree->total > SHIM_XEN_TREE_MAX)
        shim_stop(&sight->stop, "tree-size", SHIM_NONE, "the tree is larger than 2 MiB",
                  "remove what is not needed from it (dtc without -@ omits the symbols)",
                  "Invalid device tree blob at physical address 0x%llx.", SHIM_X(tree.base));
    if (tree.size && (!tree.base || tree.base % 8))
        shim_stop(&sight->stop, "tree-place", SHIM_NONE,
                  "the tree is at address 0, or not at a multiple of 8",
                  "load it elsewhere", "Invalid device tree blob at physical address 0x%llx.",
                  SHIM_X(tree.base));
}

void shim_scan_before(struct shim_sight *sight)
{
    find_image_place(sight);
    find_tree_place(sight);
}

/* ---- when all nodes are read ------------------------------------------------------------- */

static void find_no_memory(struct shim_sight *sight)
{
    const struct shim_stop *misread = &sight->misread;
    const char *words = sight->boot->arch == SHIM_XEN_ARM32 ? "No memory bank" : "";

    if (sight->ram.count)
        return;
    if (shim_stops(misread))
        shim_stop(&sight->stop, misread->id, misread->node, misread->why, misread->remedy, "%s",
                  words);
    shim_stop(&sight->stop, "no-memory", SHIM_NONE, "no node gives RAM in a form that this Xen "
              "reads",
              "use the tree that the board boots with, where firmware puts RAM; or add to the root "
              "memory@ADDRESS { device_type = \"memory\"; reg = <...>; }",
              "%s", words);
}

/* What is reserved in both is free in neither: bootmem_region_add() does not see it. */
static bool is_reserved(const struct shim_sight *sight, struct shim_range range)
{
    for (uint32_t i = 0; i < sight->reserved.count; i++)
        if (shim_range_contains(sight->reserved.at[i].at, range))
            return true;
    return false;
}

static void find_meeting_banks(struct shim_sight *sight)
{
    static const char no_map[] = "Unable to setup the directmap mappings.";
    static const char twice[] = "Xen BUG at common/page_alloc.c";
    struct shim_range common = { 0 };

    for (uint32_t i = 0; i < sight->ram.count; i++) {
        const struct shim_xen_bank *bank = &sight->ram.at[i];

        if (shim_range_wraps(bank->at))
            shim_stop(&sight->stop, "bank-range", bank->node,
                      "its RAM ends beyond the address space",
                      "check #address-cells and #size-cells of its parent", "%s", no_map);
        common = i ? shim_range_common(sight->ram.at[i - 1].at, bank->at) : common;
        if (common.size)
            shim_stop(&sight->stop, "banks-meet", bank->node,
                      "its RAM is listed twice: to Xen it is two banks that overlap",
                      "remove one of the two", "%s", is_reserved(sight, common) ? no_map : twice);
    }
}

static void find_fragments(struct shim_sight *sight)
{
    struct shim_arena before = *sight->arena;
    struct shim_ranges free;

    if (shim_stops(&sight->stop) || !shim_sight_free(sight, &free, 0))
        return;
    before.full = sight->arena->full;
    *sight->arena = before;
    if (free.count > SHIM_XEN_FRAGMENTS_MAX)
        shim_stop(&sight->stop, "fragments", SHIM_NONE,
                  "free RAM is in more than 256 pieces, and the boot allocator has no room for "
                  "more",
                  "join reserved ranges that are close together", "%s", "");
}

/* Its page tables are in its image, and only banks are mapped. Modules may be in a hole. */
static void find_image_outside(struct shim_sight *sight)
{
    struct shim_range image = sight->boot->image;

    for (uint32_t i = 0; i < sight->ram.count; i++)
        if (shim_range_overlaps(sight->ram.at[i].at, image))
            return;
    if (image.size)
        shim_stop(&sight->stop, "xen-place", SHIM_NONE,
                  "Xen is started outside all RAM that it sees",
                  "load Xen into RAM, or add that RAM to the tree", "%s", "");
}

/* ---- later, on the console --------------------------------------------------------------- */

static const struct shim_xen_ignored *ignored_kernel(const struct shim_sight *sight)
{
    for (uint32_t i = 0; i < sight->ignored_count; i++)
        if (sight->ignored[i].module.kind == SHIM_MODULE_KERNEL)
            return &sight->ignored[i];
    return NULL;
}

/* Where a kernel is asked for, and none is left (kernel_probe()). */
static void find_no_kernel(struct shim_sight *sight)
{
    const struct shim_xen_ignored *ignored = ignored_kernel(sight);
    const struct shim_stop *misread = &sight->misread;
    const char *words = "Missing kernel boot module?";

    if (shim_sight_dom0less(sight) || shim_sight_module(sight, SHIM_MODULE_KERNEL))
        return;
    if (ignored)
        shim_stop(&sight->stop, "no-kernel", ignored->module.node, ignored->why,
                  ignored->remedy, "%s", words);
    else if (shim_stops(misread))
        shim_stop(&sight->stop, misread->id, misread->node, misread->why, misread->remedy, "%s",
                  words);
}

/* allocate_static_memory() is empty without CONFIG_STATIC_MEMORY: the domain has no RAM. */
static void find_static_domain(struct shim_sight *sight, uint32_t node)
{
    if (!shim_compatible(sight->tree, node, "xen,domain"))
        return;
    if (shim_prop_named(sight->tree, node, "xen,static-mem").at) {
        if (!sight->boot->static_memory)
            shim_stop(&sight->stop, "static-memory", node, shim_no_static_memory,
                      shim_less_static_memory, "Device tree generation failed (-2).");
    } else if (shim_prop_named(sight->tree, node, "direct-map").at) {
        shim_stop(&sight->stop, "static-memory", node, "it has direct-map without xen,static-mem",
                  sight->boot->static_memory
                      ? "give it xen,static-mem, or remove direct-map"
                      : "remove direct-map: this Xen is built without static memory",
                  "direct-map is not valid for domain %s without static allocation.",
                  shim_node_name(sight->tree, node));
    }
}

static void find_static_domains(struct shim_sight *sight)
{
    uint32_t chosen = shim_child(sight->tree, SHIM_ROOT, "chosen");
    uint32_t node = chosen == SHIM_NONE ? SHIM_NONE : shim_first_child(sight->tree, chosen);

    for (; node != SHIM_NONE; node = shim_next_child(sight->tree, node))
        find_static_domain(sight, node);
}

void shim_scan_after(struct shim_sight *sight)
{
    find_no_memory(sight);
    find_image_outside(sight);
    find_meeting_banks(sight);
    find_fragments(sight);
    sight->stop.silent = shim_stops(&sight->stop);
    find_no_kernel(sight);
    shim_scan_freed(sight);
    find_static_domains(sight);
}
