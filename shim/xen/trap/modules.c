// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/xen/args.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/rows.h"

static bool is_module(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "multiboot,module") ||
           shim_compatible(tree, node, "xen,multiboot-module");
}

void shim_find_modules_seen(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen"), count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        if (!is_module(tree, node))
            continue;
        if (chosen == SHIM_NONE || node <= chosen || node >= tree->nodes[chosen].past ||
            tree->nodes[node].depth > SHIM_XEN_MODULE_DEPTH)
            shim_breach(check, trap, node, "is a module where Xen does not look");
        else if (strlen(shim_node_name(tree, node)) >= SHIM_XEN_NAME_MAX)
            shim_breach(check, trap, node, "has a name of more than %u characters",
                        SHIM_XEN_NAME_MAX - 1);
        else if (++count == SHIM_MODULES_MAX + 1)
            shim_breach(check, trap, node, "is more than the %u modules that Xen takes",
                        SHIM_MODULES_MAX);
    }
}

void shim_find_command_line(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t chosen = shim_child(check->tree, SHIM_ROOT, "chosen");
    struct shim_span line = { 0 };

    if (chosen != SHIM_NONE)
        line = shim_prop(check->tree, chosen, SHIM_XEN_BOOTARGS);
    if (line.len > SHIM_XEN_CMDLINE_MAX)
        shim_breach(check, trap, chosen, "xen,xen-bootargs has %u characters",
                    (unsigned)line.len - 1);
}

enum shim_code shim_refuse_command_line(const struct shim_plan *plan, struct shim_error *error)
{
    return shim_refuse_long_line(shim_xen_bootargs(plan), "xen,xen-bootargs",
                                 "shorten Xen's command line", error);
}
