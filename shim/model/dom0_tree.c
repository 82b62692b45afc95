// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/dom0_tree.h"

enum shim_code shim_xen_dom0_tree(const struct shim_sight *sight,
                                  const struct shim_dom0_memory *memory,
                                  struct shim_dom0_tree *dom0, struct shim_error *error)
{
    (void)sight, (void)memory, (void)error;
    *dom0 = (struct shim_dom0_tree){ .blob = NULL };
    return SHIM_OK;
}
