// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/xen/module_nodes.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/rows.h"

/* Xen and the tree are two of those that it has room for. */
enum { OTHERS_MAX = SHIM_XEN_MODULES_MAX - 2 };

/* Known already, so that it takes no room. */
static bool shares_one(const struct shim_tree *tree, uint32_t node)
{
    for (uint32_t other = shim_next_module_node(tree, SHIM_NONE); other < node;
         other = shim_next_module_node(tree, other))
        if (shim_shares_module(tree, node, other))
            return true;
    return false;
}

/* Xen looks for the line under what it kept of the parent's name (boot_cmdline_find_by_name()). */
static bool loses_its_line(const struct shim_tree *tree, uint32_t node)
{
    return shim_is_domains_module(tree, node) && shim_has_known(tree, node, SHIM_BOOTARGS) &&
           strlen(shim_node_name(tree, tree->nodes[node].parent)) >= SHIM_XEN_NAME_MAX;
}

static bool is_in_chosen(const struct shim_tree *tree, uint32_t node)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    return chosen != SHIM_NONE && node > chosen && node < tree->nodes[chosen].past;
}

void shim_find_modules_seen(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    uint32_t count = 0;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        if (!shim_is_multiboot_module(tree, node))
            continue;
        if (!is_in_chosen(tree, node) || tree->nodes[node].depth > SHIM_XEN_MODULE_DEPTH)
            shim_breach(check, trap, node, "is a module where Xen does not look");
        else if (shim_is_overlooked(tree, node))
            shim_breach(check, trap, node, "has a path of more than %u characters",
                        SHIM_XEN_MODULE_PATH_MAX - 1);
        else if (!shares_one(tree, node) && ++count == OTHERS_MAX + 1)
            shim_breach(check, trap, node, "is beyond the %u modules that Xen takes",
                        OTHERS_MAX);
        if (loses_its_line(tree, node))
            shim_breach(check, trap, node, "has bootargs in a domain whose name has more than %u "
                        "characters", SHIM_XEN_NAME_MAX - 1);
    }
}

/* What Xen keeps of a module's own line (add_boot_cmdline()); its own line may be as long as it is. */
void shim_find_command_line(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;

    for (uint32_t node = shim_next_module_node(tree, SHIM_NONE); node != SHIM_NONE;
         node = shim_next_module_node(tree, node)) {
        const char *line = shim_string(shim_prop(tree, node, SHIM_BOOTARGS));

        if (line && strlen(line) >= SHIM_XEN_CMDLINE_MAX && !shim_is_overlooked(tree, node))
            shim_breach(check, trap, node, "bootargs has %u characters", (unsigned)strlen(line));
    }
}
