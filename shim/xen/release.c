// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/release.h"

static const struct shim_release releases[] = {
    {
        .minor = 17,
        .name = "4.17",
        /* The early identity map clashes with the link address in [2, 4 MiB): virtphys_clash. */
        .lowest = 4 << 20,
        .domain_tree = 4096, /* DOMU_DTB_SIZE; 4.18 adds the size of the partial tree */
    },
};

const struct shim_release *shim_release(const struct shim_plan *plan)
{
    (void)plan;
    return &releases[0];
}
