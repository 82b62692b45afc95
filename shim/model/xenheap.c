// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* 32 bits: the xenheap, before anything else is taken (setup_mm(), consider_modules()). */
#include "shim/model/boot_allocator.h"
#include "shim/model/pages.h"

bool shim_boot_xenheap(struct shim_boot_memory *memory, const struct shim_sight *sight)
{
    (void)memory, (void)sight;
    return true;
}
