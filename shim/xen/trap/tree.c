// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/mem.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/rows.h"

void shim_find_slack(struct shim_check *check, const struct shim_trap *trap)
{
    struct shim_edits none;
    size_t packed;

    if (!shim_was_applied_for(check, SHIM_CONTRACT_XEN))
        return;
    shim_edits_init(&none, check->tree, NULL);
    packed = shim_splice_size(&none, 0);
    if (check->tree->total < packed + SHIM_XEN_SLACK_LEAST)
        shim_breach(check, trap, SHIM_NONE, "the tree has less than %u KiB of free space at its "
                    "end",
                    SHIM_XEN_SLACK_LEAST >> 10);
}

void shim_find_tree_size(struct shim_check *check, const struct shim_trap *trap)
{
    if (check->tree->total > SHIM_XEN_TREE_MAX)
        shim_breach(check, trap, SHIM_NONE, "the tree has %u bytes", check->tree->total);
}

void shim_find_hypervisor_twice(struct shim_check *check, const struct shim_trap *trap)
{
    uint32_t node = shim_child(check->tree, SHIM_ROOT, "hypervisor");

    if (node != SHIM_NONE && !shim_was_applied_for(check, SHIM_CONTRACT_NATIVE) &&
        !shim_compatible(check->tree, node, "xen,xen"))
        shim_breach(check, trap, node, "is not compatible with \"xen,xen\"");
}
