// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reserved memory and modules that may not overlap: check_reserved_regions_overlap(). */
#include "shim/model/scan.h"

/* As Xen compares: the ends are sums of 64 bits, and nothing is said of sizes of 0. */
static bool meets(struct shim_range new, struct shim_range old)
{
    return shim_range_end(new) > old.base && new.base < shim_range_end(old);
}

static const char *kind_word(enum shim_bank_kind kind)
{
    switch (kind) {
    case SHIM_BANK_MEMRESERVE: return "/memreserve/";
    case SHIM_BANK_HEAP:       return "xen,static-heap";
    case SHIM_BANK_DOMAIN:     return "a domain's memory";
    case SHIM_BANK_SHARED:     return "shared memory";
    case SHIM_BANK_RAM:
    case SHIM_BANK_REGION:     break;
    }
    return "the region";
}

static const char *module_word(enum shim_module_kind kind)
{
    switch (kind) {
    case SHIM_MODULE_XEN:         return "Xen";
    case SHIM_MODULE_TREE:        return "the device tree";
    case SHIM_MODULE_KERNEL:      return "a kernel";
    case SHIM_MODULE_RAMDISK:     return "a ramdisk";
    case SHIM_MODULE_DOMAIN_TREE: return "a domain's tree";
    case SHIM_MODULE_OTHER:       break;
    }
    return "a module";
}

static const char *say(struct shim_scan *scan, struct shim_range new, const char *what,
                       struct shim_range old)
{
    return shim_say(scan->sight->arena, "0x%llx-0x%llx overlaps %s at 0x%llx-0x%llx",
                    SHIM_X(new.base), SHIM_X(shim_range_end(new) - 1), what, SHIM_X(old.base),
                    SHIM_X(shim_range_end(old) - 1));
}

static bool bank_counts(const struct shim_scan *scan, const struct shim_xen_bank *bank,
                        struct shim_range range, bool inside)
{
    if (bank->kind != SHIM_BANK_MEMRESERVE)
        return true;
    if (scan->release->overlap == SHIM_OVERLAP_REGIONS)
        return false;
    return scan->release->overlap == SHIM_OVERLAP_ALL || !inside ||
           range.base < bank->at.base || shim_range_end(range) > shim_range_end(bank->at);
}

const char *shim_scan_meets(struct shim_scan *scan, struct shim_range range, bool inside)
{
    const struct shim_sight *sight = scan->sight;

    if (scan->release->overlap == SHIM_OVERLAP_ALLOWED)
        return NULL;
    for (uint32_t i = 0; i < sight->reserved.count; i++) {
        const struct shim_xen_bank *bank = &sight->reserved.at[i];

        if (meets(range, bank->at) && bank_counts(scan, bank, range, inside))
            return say(scan, range, kind_word(bank->kind), bank->at);
    }
    for (uint32_t i = 0; i < sight->module_count; i++)
        if (meets(range, sight->modules[i].at))
            return say(scan, range, module_word(sight->modules[i].kind), sight->modules[i].at);
    return NULL;
}
