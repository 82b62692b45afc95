// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Memory that domains share: process_shm_node(). */
#include "shim/base/mem.h"
#include "shim/model/scan.h"

enum { ID_MAX = 16 }; /* MAX_SHM_ID_LENGTH, with its NUL */

#define PAGE ((uint64_t)4096)

/* What a node says. */
struct shared {
    uint32_t node;
    const char *id;
    struct shim_range at;
    uint64_t guest;
    bool placed; /* it says where the host's memory is */
};

static enum shim_scan_code wrong(struct shim_scan *scan, uint32_t node, const char *why)
{
    return shim_misread(scan, SHIM_SCAN_INVALID, "shared-memory", node, why,
                        "see xen,domain-shared-memory-v1 in Xen's booting.txt");
}

static enum shim_scan_code missing(struct shim_scan *scan, uint32_t node, const char *why)
{
    wrong(scan, node, why);
    return SHIM_SCAN_MISSING;
}

static const char *id_of(struct shim_scan *scan, uint32_t node)
{
    struct shim_span value = shim_prop_named(scan->tree, node, "xen,shm-id");

    return value.at ? shim_scan_text(scan, value) : NULL;
}

static bool role_is_known(struct shim_scan *scan, uint32_t node)
{
    struct shim_span value = shim_prop_named(scan->tree, node, "role");
    const char *role = value.at ? shim_scan_text(scan, value) : "owner";

    return !strcmp(role, "owner") || !strcmp(role, "borrower");
}

/* Host address (from 4.19 it may be left to Xen), guest address, size. */
static bool read_cells(const struct shim_scan *scan, struct shim_span value,
                       struct shim_cells cells, struct shared *shared)
{
    size_t two = 4 * ((size_t)cells.address + cells.size);
    const uint8_t *at = value.at;

    shared->placed = value.len == two + 4 * (size_t)cells.address;
    if (!shared->placed && !(scan->release->shared_apart && value.len == two))
        return false;
    if (shared->placed)
        shared->at.base = shim_scan_value(&at, cells.address);
    shared->guest = shim_scan_value(&at, cells.address);
    shared->at.size = shim_scan_value(&at, cells.size);
    return true;
}

static const char *fault_of(const struct shim_scan *scan, const struct shared *shared)
{
    uint64_t unaligned = shared->guest | shared->at.size | (shared->placed ? shared->at.base : 0);

    if (!shared->at.size)
        return "its size is 0";
    if (!scan->release->shared_apart)
        return NULL;
    if (shared->placed && shim_range_wraps(shared->at))
        return "its end is beyond the address space";
    return (unaligned % PAGE) ? "an address or its size is not in whole pages" : NULL;
}

static bool same_place(const struct shared *shared, const struct shim_xen_bank *bank)
{
    return shared->at.base == bank->at.base && shared->at.size == bank->at.size;
}

static bool same_id(struct shim_scan *scan, const struct shared *shared,
                    const struct shim_xen_bank *bank)
{
    const char *id = bank->kind == SHIM_BANK_SHARED ? id_of(scan, bank->node) : "";

    return !strcmp(shared->id, id);
}

/*
 * Is it there already, or in conflict with what is there? Up to 4.18 all of reserved memory is
 * checked, and 4.18 counts a bank's own first node as one that it overlaps.
 */
static const char *beside(struct shim_scan *scan, const struct shared *shared, bool *known)
{
    const struct shim_xen_banks *banks = &scan->sight->reserved;

    for (uint32_t i = 0; i < banks->count; i++) {
        const struct shim_xen_bank *bank = &banks->at[i];
        bool mine = bank->kind == SHIM_BANK_SHARED;

        if (bank->kind == SHIM_BANK_MEMRESERVE || (scan->release->shared_apart && !mine))
            continue;
        *known = (!shared->placed || same_place(shared, bank)) && same_id(scan, shared, bank);
        if (*known)
            return NULL;
        if (same_place(shared, bank) || same_id(scan, shared, bank))
            return "another region has its xen,shm-id, or its memory has another one";
        if (!scan->release->shared_apart) {
            if (shim_range_overlaps(shared->at, bank->at))
                return "it overlaps other reserved memory";
            if (shim_scan_meets(scan, shared->at, false))
                return "it overlaps other reserved memory";
        }
    }
    return NULL;
}

static enum shim_scan_code add(struct shim_scan *scan, const struct shared *shared)
{
    struct shim_xen_bank bank = { .at = shared->at, .kind = SHIM_BANK_SHARED,
                                  .node = shared->node };
    const char *other;

    if (!scan->release->shared_apart)
        return shim_scan_reserve(scan, bank);
    if (scan->shared == SHIM_XEN_SHARED_MAX)
        return shim_misread(scan, SHIM_SCAN_FULL, "shared-memory", shared->node,
                            "more than 32 regions of shared memory", "remove some");
    scan->shared++;
    if (!shared->placed)
        return SHIM_SCAN_ON;
    other = shim_scan_meets(scan, shared->at, false);
    if (other)
        return wrong(scan, shared->node, other);
    scan->uncounted++;
    return shim_scan_reserve(scan, bank);
}

enum shim_scan_code shim_scan_shared(struct shim_scan *scan, uint32_t node)
{
    uint32_t parent = scan->tree->nodes[node].parent;
    struct shim_cells cells = shim_scan_cells(scan->tree, parent, SHIM_ROOT);
    struct shim_span value = shim_prop_named(scan->tree, node, "xen,shared-mem");
    struct shared shared = { .node = node, .id = id_of(scan, node) };
    bool known = false;
    const char *fault;

    if (!scan->sight->boot->static_shm)
        return wrong(scan, node, "this Xen is built without static shared memory "
                                 "(CONFIG_STATIC_SHM)");
    if (!cells.address || !cells.size)
        return wrong(scan, node, "its parent's #address-cells or #size-cells is 0");
    if (!shared.id)
        return missing(scan, node, "it has no xen,shm-id");
    if (strlen(shared.id) >= ID_MAX)
        return wrong(scan, node, "its xen,shm-id is longer than 15 characters");
    if (!role_is_known(scan, node))
        return wrong(scan, node, "its role is neither owner nor borrower");
    if (!value.at)
        return missing(scan, node, "it has no xen,shared-mem");
    if (!read_cells(scan, value, cells, &shared))
        return wrong(scan, node, "xen,shared-mem does not match its parent's cells");
    fault = fault_of(scan, &shared);
    if (!fault)
        fault = beside(scan, &shared, &known);
    if (fault)
        return wrong(scan, node, fault);
    return known ? SHIM_SCAN_ON : add(scan, &shared);
}
