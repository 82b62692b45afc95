// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Banks of RAM and of reserved memory: device_tree_get_meminfo() and who calls it. */
#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/model/scan.h"

/* device_tree_node_is_available(): the string "ok" or "okay", behind which may be more. */
static bool is_disabled(struct shim_scan *scan, uint32_t node)
{
    struct shim_span value = shim_prop(scan->tree, node, SHIM_STATUS);
    const char *status;

    if (!scan->release->reads_status || !value.at)
        return false;
    status = shim_scan_text(scan, value);
    return strcmp(status, "ok") != 0 && strcmp(status, "okay") != 0;
}

static bool is_full(const struct shim_scan *scan, enum shim_bank_kind kind)
{
    if (kind == SHIM_BANK_RAM)
        return scan->sight->ram.count == SHIM_XEN_BANKS_MAX;
    return scan->sight->reserved.count - scan->uncounted == SHIM_XEN_BANKS_MAX;
}

static void append(struct shim_xen_banks *banks, uint32_t room, struct shim_xen_bank bank)
{
    if (banks->count < room)
        banks->at[banks->count++] = bank;
}

static enum shim_scan_code too_many(struct shim_scan *scan, uint32_t node)
{
    return shim_misread(scan, SHIM_SCAN_FULL, "too-many-banks", node,
                        "more than 256 ranges: Xen has no room for another one",
                        "join ranges that touch, or remove some");
}

static enum shim_scan_code add_bank(struct shim_scan *scan, struct shim_xen_bank bank)
{
    const char *other;

    if (bank.kind == SHIM_BANK_RAM) {
        if (bank.at.size)
            append(&scan->sight->ram, scan->ram_room, bank);
        return SHIM_SCAN_ON;
    }
    other = shim_scan_meets(scan, bank.at, true);
    if (other)
        return shim_misread(scan, SHIM_SCAN_INVALID, "regions-meet", bank.node, other,
                            "remove one of the two, or cut it where it overlaps the other");
    if (bank.at.size)
        append(&scan->sight->reserved, scan->reserved_room, bank);
    return SHIM_SCAN_ON;
}

enum shim_scan_code shim_scan_banks(struct shim_scan *scan, uint32_t node, struct shim_span value,
                                    struct shim_cells cells, enum shim_bank_kind kind)
{
    size_t entry = 4 * ((size_t)cells.address + cells.size);
    const uint8_t *at = value.at;
    enum shim_scan_code code = SHIM_SCAN_ON;

    if (is_disabled(scan, node))
        return SHIM_SCAN_ON;
    if (!cells.address || !cells.size)
        return shim_misread(scan, SHIM_SCAN_INVALID, "no-cells", node,
                            "its parent's #address-cells or #size-cells is 0",
                            "give the parent the cells that its children's reg uses");
    if (!value.at)
        return SHIM_SCAN_MISSING;
    for (size_t left = value.len / entry; left && !code; left--) {
        struct shim_xen_bank bank = { .kind = kind, .node = node };

        if (is_full(scan, kind))
            return too_many(scan, node);
        bank.at.base = shim_scan_value(&at, cells.address);
        bank.at.size = shim_scan_value(&at, cells.size);
        code = add_bank(scan, bank);
    }
    return code;
}

/* fdt_num_mem_rsv() ends at a size of 0. */
void shim_scan_memreserve(struct shim_scan *scan)
{
    struct shim_sight *sight = scan->sight;

    for (uint32_t i = 0; i < scan->tree->reserve_count; i++) {
        struct shim_range at = shim_reserve_at(scan->tree, i);

        if (!at.size)
            return;
        if (!scan->release->counts_memreserve)
            scan->uncounted++;
        else if (is_full(scan, SHIM_BANK_MEMRESERVE))
            shim_stop(&sight->stop, "too-many-banks", SHIM_NONE,
                      "more than 256 entries in /memreserve/",
                      "join ranges that touch, or remove some",
                      "Cannot allocate reserved memory bank");
        append(&sight->reserved, scan->reserved_room,
               (struct shim_xen_bank){ .at = at, .kind = SHIM_BANK_MEMRESERVE,
                                       .node = SHIM_NONE });
    }
}

static enum shim_scan_code read_region(struct shim_scan *scan, uint32_t node, uint32_t top)
{
    uint32_t parent = scan->tree->nodes[node].parent;
    enum shim_scan_code code = shim_scan_banks(
        scan, node, shim_prop(scan->tree, node, SHIM_REG),
        shim_scan_cells(scan->tree, parent, top), SHIM_BANK_REGION);

    if (code == SHIM_SCAN_FULL) {
        const struct shim_stop *why = &scan->sight->misread;

        shim_stop(&scan->sight->stop, why->id, node, why->why, why->remedy,
                  "Max number of supported reserved-memory regions reached.");
        return SHIM_SCAN_ON;
    }
    return code == SHIM_SCAN_MISSING ? SHIM_SCAN_ON : code;
}

/* Its cells are its own, or 2 and 1: never the root's (device_tree_for_each_node()). */
enum shim_scan_code shim_scan_regions(struct shim_scan *scan, uint32_t node)
{
    const struct shim_tree *tree = scan->tree;
    enum shim_scan_code code = SHIM_SCAN_ON;
    uint32_t past = tree->nodes[node].past;

    for (uint32_t child = node + 1; child < past && !code; child++) {
        if (shim_stops(&scan->sight->stop))
            break;
        if (tree->nodes[child].depth - tree->nodes[node].depth < SHIM_XEN_DEPTH_MAX)
            code = read_region(scan, child, node);
    }
    return code;
}

enum shim_scan_code shim_scan_reserve(struct shim_scan *scan, struct shim_xen_bank bank)
{
    if (is_full(scan, bank.kind))
        return too_many(scan, bank.node);
    append(&scan->sight->reserved, scan->reserved_room, bank);
    return SHIM_SCAN_ON;
}

void shim_scan_sort(struct shim_xen_banks *banks)
{
    for (uint32_t i = 1; i < banks->count; i++) {
        struct shim_xen_bank bank = banks->at[i];
        uint32_t to = i;

        for (; to && banks->at[to - 1].at.base > bank.at.base; to--)
            banks->at[to] = banks->at[to - 1];
        banks->at[to] = bank;
    }
}
