// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The ramdisk that a boot loader loaded: linux,initrd-start and linux,initrd-end in
 * /chosen (Documentation/devicetree/bindings/chosen.txt of Linux 5.10), one or two cells
 * each. Xen takes it for dom0's, too (process_chosen_node(), 4.17).
 */
#include "shim/xen/modules.h"

static bool number(const struct shim_tree *tree, uint32_t chosen, enum shim_name name,
                   uint64_t *value)
{
    struct shim_span span = shim_prop(tree, chosen, name);

    if (span.len != 4 && span.len != 8)
        return false;
    shim_read_cells(span.at, (uint32_t)span.len / 4, value);
    return true;
}

/* Of a kernel that boots by itself it is that kernel's own business. */
static bool has_payload(const struct shim_tree *tree, const struct shim_facts *facts)
{
    return (facts && facts->payload_count) || shim_names_kernel(tree);
}

const char *shim_malformed_initrd(const struct shim_tree *tree, const struct shim_facts *facts)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    uint64_t value;

    if (chosen == SHIM_NONE || !has_payload(tree, facts) ||
        (!shim_has_known(tree, chosen, SHIM_INITRD_START) &&
         !shim_has_known(tree, chosen, SHIM_INITRD_END)))
        return NULL;
    if (!number(tree, chosen, SHIM_INITRD_START, &value))
        return "linux,initrd-start";
    return number(tree, chosen, SHIM_INITRD_END, &value) ? NULL : "linux,initrd-end";
}

struct shim_range shim_find_ramdisk(const struct shim_tree *tree, const struct shim_facts *facts)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    struct shim_range none = { 0 };
    uint64_t start, end;

    if (chosen == SHIM_NONE || !number(tree, chosen, SHIM_INITRD_START, &start) ||
        !number(tree, chosen, SHIM_INITRD_END, &end) || end <= start || !has_payload(tree, facts))
        return none;
    return (struct shim_range){ start, end - start };
}
