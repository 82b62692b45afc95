// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where Xen's UEFI stub goes back to the firmware, with words on its console (efi_check_dt_boot()). */
#include "shim/model/stub.h"

static const char words[] = "Error processing boot modules on DT.";

static bool has(const struct shim_tree *tree, uint32_t node, enum shim_name name)
{
    return shim_has_known(tree, node, name);
}

/* handle_dom0less_domain_node() */
static void find_domain(const struct shim_tree *tree, uint32_t node, struct shim_stop *stop)
{
    if (shim_compatible(tree, node, "xen,domain") &&
        !(has(tree, node, SHIM_ADDRESS_CELLS) && has(tree, node, SHIM_SIZE_CELLS)))
        shim_stop(stop, "stub-domain", node,
                  "Xen's UEFI stub needs #address-cells and #size-cells in each domain",
                  "give it both", "%s", words);
}

/* There is no message from Xen: the program that was to start it prints its own. */
static void find_no_stub(const struct shim_sight *sight, struct shim_stop *stop)
{
    if (sight->boot->arch != SHIM_XEN_ARM32 || !shim_entry_row(sight->boot->entry)->only_64)
        return;
    shim_stop(stop, "no-stub", SHIM_NONE, "32-bit Xen is not a UEFI program",
              "start it with U-Boot's bootz", "%s", "");
    stop->silent = false;
}

void shim_xen_stub(const struct shim_sight *sight, struct shim_stop *stop)
{
    const struct shim_tree *tree = sight->tree;
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    find_no_stub(sight, stop);
    if (!shim_entry_row(sight->boot->entry)->checks_chosen || chosen == SHIM_NONE)
        return;
    if (shim_prop(tree, chosen, SHIM_RANGES).len) /* setup_chosen_node() */
        shim_stop(stop, "stub-chosen", chosen, "Xen's UEFI stub accepts no /chosen with ranges",
                  "empty its ranges, or remove them", "%s", words);
    for (uint32_t node = shim_first_child(tree, chosen); node != SHIM_NONE;
         node = shim_next_child(tree, node))
        find_domain(tree, node, stop);
}
