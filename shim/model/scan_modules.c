// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Modules: process_multiboot_node(), process_chosen_node() and add_boot_module(). */
#include "shim/base/mem.h"
#include "shim/model/scan.h"

static const struct {
    const char *compatible;
    enum shim_module_kind kind;
} kinds[] = {
    { "xen,linux-zimage", SHIM_MODULE_KERNEL },
    { "multiboot,kernel", SHIM_MODULE_KERNEL },
    { "xen,linux-initrd", SHIM_MODULE_RAMDISK },
    { "multiboot,ramdisk", SHIM_MODULE_RAMDISK },
    { "xen,xsm-policy", SHIM_MODULE_OTHER },
    { "multiboot,device-tree", SHIM_MODULE_DOMAIN_TREE },
};

static void ignore(struct shim_scan *scan, const struct shim_xen_module *module, const char *why,
                   const char *remedy)
{
    struct shim_sight *sight = scan->sight;

    if (sight->ignored_count < SHIM_XEN_IGNORED_MAX)
        sight->ignored[sight->ignored_count++] =
            (struct shim_xen_ignored){ .module = *module, .why = why, .remedy = remedy };
}

/* The same kind at the same place is one module, dom0's if it is dom0's once. */
static bool merge(struct shim_sight *sight, const struct shim_xen_module *module)
{
    for (uint32_t i = 0; i < sight->module_count; i++) {
        struct shim_xen_module *known = &sight->modules[i];

        if (known->kind != module->kind || known->at.base != module->at.base)
            continue;
        if (module->domain == SHIM_NONE)
            known->domain = SHIM_NONE;
        return true;
    }
    return false;
}

void shim_scan_add_module(struct shim_scan *scan, struct shim_xen_module module)
{
    struct shim_sight *sight = scan->sight;
    const char *other;

    if (sight->module_count + scan->unplaced >= SHIM_XEN_MODULES_MAX) {
        ignore(scan, &module, "Xen takes at most 32 modules, including itself and the tree",
               "remove some of them");
        return;
    }
    other = scan->release->drops_meeting_module ? shim_scan_meets(scan, module.at, true) : NULL;
    if (other)
        ignore(scan, &module, other, "load it where nothing else is");
    else if (!merge(sight, &module))
        sight->modules[sight->module_count++] = module;
}

/* Its path starts with "/chosen", whatever comes then. */
static bool under_chosen(const struct shim_tree *tree, uint32_t node)
{
    while (tree->nodes[node].parent != SHIM_ROOT)
        node = tree->nodes[node].parent;
    return !strncmp(shim_node_name(tree, node), "chosen", strlen("chosen"));
}

static bool says_kind(const struct shim_scan *scan, uint32_t node, enum shim_module_kind *kind)
{
    const struct shim_tree *tree = scan->tree;

    *kind = SHIM_MODULE_OTHER;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (shim_compatible(tree, node, kinds[i].compatible)) {
            *kind = kinds[i].kind;
            return true;
        }
    return scan->release->knows_microcode && shim_compatible(tree, node, "multiboot,microcode");
}

/* The first without a kind is a kernel, the second a ramdisk. */
static void guess_kind(struct shim_scan *scan, struct shim_xen_module *module)
{
    static const enum shim_module_kind by_order[] = { SHIM_MODULE_KERNEL, SHIM_MODULE_RAMDISK };

    module->guessed = true;
    if (scan->guesses < 2)
        module->kind = by_order[scan->guesses++];
}

/* add_boot_cmdline() keeps it apart from the module, whether that is used or not. */
static const char *read_line(struct shim_scan *scan, uint32_t node, uint32_t parent)
{
    struct shim_span value = shim_prop(scan->tree, node, SHIM_BOOTARGS);
    const char *line = shim_scan_text(scan, value);
    size_t len = strlen(line);

    if (!value.at || scan->lines == SHIM_XEN_MODULES_MAX)
        return NULL;
    scan->lines++;
    if (len > SHIM_XEN_CMDLINE_MAX)
        shim_stop(&scan->sight->stop, "module-line", node,
                  "its bootargs are longer than 1024 characters", "shorten them",
                  "module %s command line too long", shim_node_name(scan->tree, parent));
    if (len == SHIM_XEN_CMDLINE_MAX) /* safe_strcpy() takes the last one off */
        line = shim_scan_text(scan, (struct shim_span){ value.at, len - 1 });
    return line;
}

static bool read_place(struct shim_scan *scan, uint32_t node, struct shim_cells cells,
                       struct shim_range *at)
{
    struct shim_span reg = shim_prop(scan->tree, node, SHIM_REG);
    const char *name = shim_node_name(scan->tree, node);
    const uint8_t *value = reg.at;

    if (!reg.at) {
        shim_stop(&scan->sight->stop, "module-reg", node, "this module has no reg",
                  "give it reg = <address size> in the cells of its parent",
                  "node %s missing `reg' property", name);
        return false;
    }
    if (reg.len / 4 < (size_t)cells.address + cells.size) {
        shim_stop(&scan->sight->stop, "module-reg", node,
                  "its reg is too short for its parent's cells",
                  "give it reg = <address size> in the cells of its parent",
                  "fdt: node `%s': `reg` property length is too short", name);
        return false;
    }
    at->base = shim_scan_value(&value, cells.address);
    at->size = shim_scan_value(&value, cells.size);
    return true;
}

void shim_scan_module(struct shim_scan *scan, uint32_t node)
{
    const struct shim_tree *tree = scan->tree;
    uint32_t parent = tree->nodes[node].parent;
    bool domain = shim_compatible(tree, parent, "xen,domain");
    struct shim_xen_module module = { .node = node, .domain = domain ? parent : SHIM_NONE };
    bool said = says_kind(scan, node, &module.kind);

    if (!under_chosen(tree, node))
        return;
    if (!shim_xen_takes_path(tree, node)) {
        ignore(scan, &module, "its path is longer than the 91 characters that Xen has room for",
               "give it or its parent a shorter name");
        return;
    }
    if (!read_place(scan, node, shim_scan_cells(tree, parent, SHIM_ROOT), &module.at))
        return;
    if (!said)
        guess_kind(scan, &module);
    module.line = read_line(scan, node, parent);
    if (module.kind == SHIM_MODULE_KERNEL && !domain && module.line && !scan->kernel_line)
        scan->kernel_line = module.line;
    shim_scan_add_module(scan, module);
}

/* ---- /chosen itself ---------------------------------------------------------------------- */

static bool initrd_address(struct shim_span value, uint64_t *address)
{
    const uint8_t *at = value.at;

    if (value.len != 4 && value.len != 8)
        return false;
    *address = shim_scan_value(&at, (uint32_t)value.len / 4);
    return true;
}

static enum shim_scan_code read_initrd(struct shim_scan *scan, uint32_t node)
{
    struct shim_span from = shim_prop(scan->tree, node, SHIM_INITRD_START);
    struct shim_span to = shim_prop(scan->tree, node, SHIM_INITRD_END);
    uint64_t start, end;

    if (!from.at)
        return SHIM_SCAN_ON;
    if (!initrd_address(from, &start) || !to.at || !initrd_address(to, &end) || start >= end)
        return shim_misread(scan, SHIM_SCAN_INVALID, "initrd", node,
                            "linux,initrd-start and linux,initrd-end are not a range",
                            "remove both, or give each an address of one or two cells");
    shim_scan_add_module(scan, (struct shim_xen_module){
        .kind = SHIM_MODULE_RAMDISK, .node = SHIM_NONE, .domain = SHIM_NONE,
        .at = { start, end - start } });
    return SHIM_SCAN_ON;
}

enum shim_scan_code shim_scan_chosen(struct shim_scan *scan, uint32_t node)
{
    struct shim_span heap = shim_prop_named(scan->tree, node, "xen,static-heap");
    enum shim_scan_code code = SHIM_SCAN_ON;

    if (heap.at) {
        code = shim_scan_banks(scan, node, heap, shim_scan_cells(scan->tree, SHIM_ROOT, SHIM_ROOT),
                               SHIM_BANK_HEAP);
        scan->sight->static_heap = !code;
    }
    return code ? code : read_initrd(scan, node);
}
