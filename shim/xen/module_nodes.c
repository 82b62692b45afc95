// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/module_nodes.h"

#include "shim/base/mem.h"
#include "shim/model/sight.h"
#include "shim/xen/modules.h"

static const char remedy_reg[] =
    "give it reg = <address size> in the cells of its parent (fdt set in U-Boot)";

/* ---- which nodes ----------------------------------------------------------------------------- */

bool shim_is_multiboot_module(const struct shim_tree *tree, uint32_t node)
{
    static const struct shim_row multiboot_words[] = {
        SHIM_ROW("multiboot,module"), SHIM_ROW("xen,multiboot-module"),
    };

    return SHIM_COMPATIBLE_ROW(tree, node, multiboot_words);
}

/* Xen asks for the first two; what only says its kind is made one by apply. */
static bool is_module(const struct shim_tree *tree, uint32_t node)
{
    static const char words[] = "multiboot,module\0xen,multiboot-module\0multiboot,kernel\0"
                                "multiboot,ramdisk\0dtshim,hypervisor\0";

    return shim_compatible_one(tree, node, words);
}

uint32_t shim_next_module_node(const struct shim_tree *tree, uint32_t node)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE)
        return SHIM_NONE;
    for (node = node == SHIM_NONE ? chosen + 1 : node + 1; node < tree->nodes[chosen].past; node++)
        if (is_module(tree, node))
            return node;
    return SHIM_NONE;
}

static bool is_hypervisor(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "dtshim,hypervisor");
}

/* Xen has no part in finding itself. */
bool shim_is_overlooked(const struct shim_tree *tree, uint32_t node)
{
    return !is_hypervisor(tree, node) && (tree->nodes[node].depth > SHIM_XEN_MODULE_DEPTH ||
                                          !shim_xen_takes_path(tree, node));
}

bool shim_is_domains_module(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, tree->nodes[node].parent, "xen,domain");
}

uint32_t shim_next_host_module(const struct shim_tree *tree, uint32_t node)
{
    do
        node = shim_next_module_node(tree, node);
    while (node != SHIM_NONE &&
           (shim_is_domains_module(tree, node) || shim_is_overlooked(tree, node)));
    return node;
}

/* ---- what they say --------------------------------------------------------------------------- */

bool shim_module_says_kind(const struct shim_tree *tree, uint32_t node, enum shim_module_kind *kind)
{
    static const char kernels[] = "multiboot,kernel\0xen,linux-zimage\0";
    static const char ramdisks[] = "multiboot,ramdisk\0xen,linux-initrd\0";
    static const char others[] = "multiboot,device-tree\0xen,xsm-policy\0";

    *kind = SHIM_MODULE_OTHER;
    if (is_hypervisor(tree, node))
        *kind = SHIM_MODULE_XEN;
    else if (shim_compatible_one(tree, node, kernels))
        *kind = SHIM_MODULE_KERNEL;
    else if (shim_compatible_one(tree, node, ramdisks))
        *kind = SHIM_MODULE_RAMDISK;
    else
        return shim_compatible_one(tree, node, others);
    return true;
}

static bool has_length(struct shim_span reg, struct shim_cells cells)
{
    return cells.address - 1 <= 1 && cells.size - 1 <= 1 &&
           reg.len == 4 * (size_t)(cells.address + cells.size);
}

bool shim_module_range(const struct shim_tree *tree, uint32_t node, struct shim_range *at)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    struct shim_cells cells = shim_inherited_cells(tree, tree->nodes[node].parent);

    *at = (struct shim_range){ 0, 0 };
    if (!has_length(reg, cells))
        return false;
    shim_read_cells(reg.at, cells.address, &at->base);
    shim_read_cells(reg.at + 4 * (size_t)cells.address, cells.size, &at->size);
    return at->size && !shim_range_wraps(*at);
}

enum shim_code shim_read_module(const struct shim_tree *tree, uint32_t node,
                                struct shim_range *at, struct shim_error *error)
{
    struct shim_span reg = shim_prop(tree, node, SHIM_REG);
    struct shim_cells cells = shim_inherited_cells(tree, tree->nodes[node].parent);

    if (shim_module_range(tree, node, at))
        return SHIM_OK;
    if (!has_length(reg, cells))
        return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(tree, node), "reg", remedy_reg,
                         "has %u bytes, but the parent's cells (%u and %u) need %u",
                         (unsigned)reg.len, cells.address, cells.size,
                         4 * (cells.address + cells.size));
    return shim_fail(error, SHIM_E_PAYLOAD, SHIM_PATH(tree, node), "reg", remedy_reg,
                     "0x%llx + 0x%llx is not a range", SHIM_X(at->base), SHIM_X(at->size));
}

bool shim_find_module(const struct shim_tree *tree, const char *compatible, struct shim_range *at)
{
    uint32_t node = shim_next_host_module(tree, SHIM_NONE);

    while (node != SHIM_NONE && !shim_compatible(tree, node, compatible))
        node = shim_next_host_module(tree, node);
    return node != SHIM_NONE && shim_module_range(tree, node, at);
}

/* ---- shared with a domain -------------------------------------------------------------------- */

/*
 * Xen treats the same kind at the same place as one module, and uses the first node's size
 * (add_boot_module()). From 4.18 on what a domain names first is lost to dom0. Siblings would
 * get the same name.
 */
bool shim_shares_module(const struct shim_tree *tree, uint32_t node, uint32_t with)
{
    enum shim_module_kind kind, other;
    struct shim_range at, place;

    return with != SHIM_NONE && with < node && shim_is_domains_module(tree, node) &&
           tree->nodes[node].parent != tree->nodes[with].parent &&
           shim_module_says_kind(tree, node, &kind) &&
           shim_module_says_kind(tree, with, &other) && kind == other &&
           shim_module_range(tree, node, &at) && shim_module_range(tree, with, &place) &&
           at.base == place.base && at.size == place.size;
}

uint32_t shim_next_sharing(const struct shim_tree *tree, uint32_t with, uint32_t node)
{
    do
        node = shim_next_module_node(tree, node);
    while (node != SHIM_NONE && !shim_shares_module(tree, node, with));
    return node;
}

/* ---- dom0's kernel, and command lines -------------------------------------------------------- */

/* By its compatible, or by order: a node without a kind may be it. */
static bool may_be_kernel(const struct shim_tree *tree, uint32_t node)
{
    enum shim_module_kind kind;

    return !shim_module_says_kind(tree, node, &kind) || kind == SHIM_MODULE_KERNEL;
}

static uint32_t next_kernel(const struct shim_tree *tree, uint32_t node)
{
    do
        node = shim_next_host_module(tree, node);
    while (node != SHIM_NONE && !may_be_kernel(tree, node));
    return node;
}

bool shim_names_kernel(const struct shim_tree *tree)
{
    return next_kernel(tree, SHIM_NONE) != SHIM_NONE;
}

/* An empty line counts for none. */
const char *shim_kernel_line(const struct shim_tree *tree)
{
    uint32_t node = next_kernel(tree, SHIM_NONE);
    const char *line;

    while (node != SHIM_NONE && !shim_has_known(tree, node, SHIM_BOOTARGS))
        node = next_kernel(tree, node);
    line = node == SHIM_NONE ? NULL : shim_string(shim_prop(tree, node, SHIM_BOOTARGS));
    return line && *line ? line : NULL;
}

const char *shim_xen_command_line(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE)
        return NULL;
    if (shim_has_known(tree, chosen, SHIM_XEN_BOOTARGS))
        return shim_string(shim_prop(tree, chosen, SHIM_XEN_BOOTARGS));
    if (shim_has_known(tree, chosen, SHIM_DOM0_BOOTARGS) || shim_kernel_line(tree))
        return shim_string(shim_prop(tree, chosen, SHIM_BOOTARGS));
    return NULL;
}
