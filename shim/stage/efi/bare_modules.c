// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Modules that a boot loader wrote into the tree, and did not say what they are. */
#include "prepare.h"
#include "prepared.h"
#include "shim/base/mem.h"
#include "shim/xen/image.h"
#include "shim/xen/module_nodes.h"
#include "shim/xen/modules.h"

static bool is_bare(const struct shim_tree *tree, uint32_t node)
{
    enum shim_module_kind kind;

    return tree->nodes[tree->nodes[node].parent].parent == SHIM_ROOT &&
           !shim_module_says_kind(tree, node, &kind);
}

uint32_t prepare_next_bare(const struct shim_tree *tree, uint32_t node)
{
    do
        node = shim_next_host_module(tree, node);
    while (node != SHIM_NONE && !is_bare(tree, node));
    return node;
}

static bool is_xen(const struct preparation *preparation, struct shim_range at)
{
    const void *bytes = (const void *)(uintptr_t)at.base;
    struct shim_facts facts = { 0 };
    struct shim_error ignored;

    return shim_ranges_holding(&preparation->ram, at) &&
           shim_image_at(bytes, at.size).bits == 64 &&
           !shim_look_at_hypervisor(&facts, bytes, at.size, 64, at.base, "Xen", &ignored) &&
           facts.xen_release;
}

/* Up to its first NUL; NULL: there is none. */
static const char *line_of(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span line = shim_prop(tree, node, SHIM_BOOTARGS);

    return line.at && memchr(line.at, '\0', line.len) ? (const char *)line.at : NULL;
}

/* A policy of SELinux's form (xsm/xsm_policy.c, has_xsm_magic()). */
static bool is_policy(const struct preparation *preparation, struct shim_range at)
{
    static const uint8_t magic[] = { 0x8c, 0xff, 0x7c, 0xf9 };

    return at.size >= sizeof(magic) && shim_ranges_holding(&preparation->ram, at) &&
           !memcmp((const void *)(uintptr_t)at.base, magic, sizeof(magic));
}

static enum shim_module_kind kind_of(const struct preparation *preparation,
                                     const struct shim_tree *tree, struct shim_range at)
{
    if (!prepare_has(preparation, tree, SHIM_MODULE_XEN) && is_xen(preparation, at))
        return SHIM_MODULE_XEN;
    if (!prepare_has(preparation, tree, SHIM_MODULE_KERNEL))
        return SHIM_MODULE_KERNEL;
    if (is_policy(preparation, at) || prepare_has(preparation, tree, SHIM_MODULE_RAMDISK))
        return SHIM_MODULE_OTHER;
    return SHIM_MODULE_RAMDISK;
}

static enum shim_code take(struct preparation *preparation, const struct shim_tree *tree,
                           uint32_t node, struct shim_error *error)
{
    struct shim_range at;
    enum shim_code code = shim_read_module(tree, node, &at, error);
    enum shim_module_kind kind;

    if (code)
        return code;
    kind = kind_of(preparation, tree, at);
    if (kind == SHIM_MODULE_KERNEL)
        preparation->dom0_line = line_of(tree, node);
    return prepare_add(preparation, kind, at, error);
}

enum shim_code prepare_take_modules(struct preparation *preparation, const struct shim_tree *tree,
                                    struct shim_error *error)
{
    uint32_t node = prepare_next_bare(tree, SHIM_NONE);
    enum shim_code code = SHIM_OK;

    if (node == SHIM_NONE)
        return SHIM_OK;
    preparation->xen_line = line_of(tree, shim_child(tree, SHIM_ROOT, "chosen"));
    for (; !code && node != SHIM_NONE; node = prepare_next_bare(tree, node))
        code = take(preparation, tree, node, error);
    return code;
}
