// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Which IOMMUs Xen drives and whose DMA they translate, written from Xen's source alone, 4.17
 * to 4.22: device_init(), arm_smmu_device_dt_probe(), iommu_add_dt_device() and what they call.
 */
#include "justify_xen.h"

#include <libfdt.h>
#include <string.h>

enum { STREAM = 0x7fff, STREAMS = 16, GIC_CELLS = 4, HOPS = 64, SEEN = 512, MASKS_SINCE = 20 };

static const char older[] = "arm,smmu-v1\0arm,smmu-v2\0arm,mmu-400\0arm,mmu-401\0arm,mmu-500\0";
static const char gics[] = "arm,cortex-a15-gic\0arm,cortex-a7-gic\0arm,gic-400\0arm,gic-v3\0";

/* ---- the tree --------------------------------------------------------------------------- */

struct cells {
    const fdt32_t *at;
    uint32_t count;
};

static struct cells cells_of(const void *fdt, int node, const char *name)
{
    int len = 0;
    const fdt32_t *at = fdt_getprop(fdt, node, name, &len);

    return (struct cells){ at, at ? (uint32_t)len / 4 : 0 };
}

static bool has(const void *fdt, int node, const char *name)
{
    return fdt_getprop(fdt, node, name, NULL) != NULL;
}

static bool first_cell(const void *fdt, int node, const char *name, uint32_t *cell)
{
    struct cells value = cells_of(fdt, node, name);

    if (value.count)
        *cell = fdt32_ld(value.at);
    return value.count != 0;
}

static bool is_one(const void *fdt, int node, const char *packed)
{
    for (; *packed; packed += strlen(packed) + 1)
        if (fdt_stringlist_search(fdt, node, "compatible", packed) >= 0)
            return true;
    return false;
}

/* Its own status; what is above it does not matter. */
static bool is_on(const void *fdt, int node)
{
    const char *status = fdt_getprop(fdt, node, "status", NULL);

    return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

/* 0 is what nodes without a phandle have. */
static int by_phandle(const void *fdt, uint32_t phandle)
{
    int node = 0;

    if (phandle)
        return fdt_node_offset_by_phandle(fdt, phandle);
    while (node >= 0 && fdt_get_phandle(fdt, node))
        node = fdt_next_node(fdt, node, NULL);
    return node;
}

/* An entry of a list of references; count is where the next one begins. */
struct reference {
    int node;
    struct cells args;
};

static bool next_reference(const void *fdt, struct cells *rest, const char *name,
                           struct reference *found)
{
    uint32_t count = 0;

    if (!rest->count || !fdt32_ld(rest->at))
        return false;
    found->node = fdt_node_offset_by_phandle(fdt, fdt32_ld(rest->at));
    if (found->node < 0 || !first_cell(fdt, found->node, name, &count) || count > rest->count - 1)
        return false;
    found->args = (struct cells){ rest->at + 1, count };
    *rest = (struct cells){ rest->at + 1 + count, rest->count - 1 - count };
    return true;
}

/* ---- interrupts --------------------------------------------------------------------------- */

static int gic_of(const void *fdt)
{
    for (int node = fdt_next_node(fdt, 0, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL))
        if (has(fdt, node, "interrupt-controller") && is_one(fdt, node, gics) &&
            is_on(fdt, node) && !has(fdt, node, "xen,passthrough"))
            return node;
    return -1;
}

static int interrupt_parent(const void *fdt, int node)
{
    for (int hops = 0; hops < HOPS && node >= 0; hops++) {
        uint32_t phandle;

        node = first_cell(fdt, node, "interrupt-parent", &phandle) ? by_phandle(fdt, phandle)
                                                                   : fdt_parent_offset(fdt, node);
        if (node >= 0 && has(fdt, node, "#interrupt-cells"))
            return node;
    }
    return -1;
}

/* An interrupt on its way to its controller. */
struct way {
    int node;
    struct cells address, spec;
};

static bool matches(const struct way *way, struct cells entry, struct cells mask)
{
    for (uint32_t i = 0; i < way->address.count + way->spec.count; i++) {
        uint32_t own = fdt32_ld(i < way->address.count ? way->address.at + i
                                                       : way->spec.at + i - way->address.count);
        uint32_t bits = i < mask.count ? fdt32_ld(mask.at + i) : UINT32_MAX;

        if ((own ^ fdt32_ld(entry.at + i)) & bits)
            return false;
    }
    return true;
}

static bool follow(const void *fdt, struct way *way)
{
    struct cells map = cells_of(fdt, way->node, "interrupt-map");
    struct cells mask = cells_of(fdt, way->node, "interrupt-map-mask");
    uint32_t key = way->address.count + way->spec.count;

    while (map.count > key + 1) {
        bool found = matches(way, map, mask);
        int to = by_phandle(fdt, fdt32_ld(map.at + key));
        uint32_t address = 0, spec = 0;

        if (to < 0 || !first_cell(fdt, to, "#interrupt-cells", &spec))
            return false;
        first_cell(fdt, to, "#address-cells", &address);
        map = (struct cells){ map.at + key + 1, map.count - key - 1 };
        if (map.count < (uint64_t)address + spec)
            return false;
        if (found) {
            *way = (struct way){ to, { map.at, address }, { map.at + address, spec } };
            return true;
        }
        map = (struct cells){ map.at + address + spec, map.count - address - spec };
    }
    return false;
}

/* The cells of an address at an interrupt parent: of the first node from there up that says. */
static uint32_t address_cells(const void *fdt, int node)
{
    uint32_t cells = 2;

    while (node >= 0 && !first_cell(fdt, node, "#address-cells", &cells))
        node = fdt_parent_offset(fdt, node);
    return cells;
}

/* Does it come to the GIC? Then the way ends there. */
static bool arrives(const void *fdt, int device, int gic, struct way *way)
{
    struct cells reg = cells_of(fdt, device, "reg");
    uint32_t cells = address_cells(fdt, way->node);
    bool first = true;

    for (int hops = 0; hops < HOPS && way->node >= 0; hops++) {
        if (has(fdt, way->node, "interrupt-controller"))
            return way->node == gic && way->spec.count <= GIC_CELLS && way->spec.count >= 3;
        if (!has(fdt, way->node, "interrupt-map")) {
            way->node = interrupt_parent(fdt, way->node);
            continue;
        }
        if (first && cells > reg.count)
            return false; /* none, or it reads past its end */
        if (first)
            way->address = (struct cells){ reg.at, cells };
        first = false;
        if (!follow(fdt, way))
            return false;
    }
    return false;
}

/* The next one of interrupts-extended, or of interrupts. */
static bool next_interrupt(const void *fdt, int device, struct cells *rest, bool extended,
                           struct way *way)
{
    struct reference found;
    uint32_t count = 0;

    if (extended) {
        if (!next_reference(fdt, rest, "#interrupt-cells", &found))
            return false;
        *way = (struct way){ found.node, { NULL, 0 }, found.args };
        return true;
    }
    *way = (struct way){ interrupt_parent(fdt, device), { NULL, 0 }, { rest->at, 0 } };
    if (way->node < 0 || !first_cell(fdt, way->node, "#interrupt-cells", &count) || !count ||
        count > rest->count)
        return false;
    way->spec.count = count;
    *rest = (struct cells){ rest->at + count, rest->count - count };
    return true;
}

/* Types of interrupts, as they are first seen. */
struct types {
    uint32_t count;
    struct { bool private; uint32_t number, type; } seen[SEEN];
};

static bool agrees(struct types *types, struct cells spec)
{
    bool private = fdt32_ld(spec.at) != 0;
    uint32_t number = fdt32_ld(spec.at + 1), type = fdt32_ld(spec.at + 2) & 0xf;

    for (uint32_t i = 0; i < types->count; i++)
        if (types->seen[i].private == private && types->seen[i].number == number)
            return types->seen[i].type == type;
    if (types->count < SEEN) {
        types->seen[types->count].private = private;
        types->seen[types->count].number = number;
        types->seen[types->count++].type = type;
    }
    return true;
}

static uint32_t count_interrupts(const void *fdt, int node, int gic, struct types *types)
{
    bool extended = has(fdt, node, "interrupts-extended");
    struct cells rest = cells_of(fdt, node, extended ? "interrupts-extended" : "interrupts");
    uint32_t count = 0;
    struct way way;

    while (next_interrupt(fdt, node, &rest, extended, &way) && arrives(fdt, node, gic, &way) &&
           agrees(types, way.spec))
        count++;
    return count;
}

/* ---- which are driven --------------------------------------------------------------------- */

static bool is_xens(const void *fdt, int node)
{
    return is_on(fdt, node) && !has(fdt, node, "xen,passthrough");
}

static bool is_v3(const void *fdt, int node)
{
    return !is_one(fdt, node, older) && is_one(fdt, node, "arm,smmu-v3\0");
}

/* The first kind that is driven is the only one; -1: none is. */
static int first_driven(const void *fdt, const struct drivers *drivers)
{
    static struct types types;
    int gic = gic_of(fdt);

    types.count = 0;
    for (int node = fdt_next_node(fdt, 0, NULL); node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        uint32_t global;

        if (!is_xens(fdt, node) || !justify_has_driver(fdt, node, drivers))
            continue;
        if (!is_one(fdt, node, older) ||
            (first_cell(fdt, node, "#global-interrupts", &global) &&
             count_interrupts(fdt, node, gic, &types) > global))
            return node;
    }
    return -1;
}

static int kind(const void *fdt, int node)
{
    return is_one(fdt, node, older) ? 0 : is_v3(fdt, node) ? 1 : 2;
}

bool xen_drives(const void *fdt, int iommu, const struct drivers *drivers)
{
    static struct types types;
    uint32_t cells = 1;
    int first = first_driven(fdt, drivers);

    types.count = 0;
    if (iommu < 0 || first < 0 || kind(fdt, first) != kind(fdt, iommu) || !is_xens(fdt, iommu) ||
        !justify_has_driver(fdt, iommu, drivers))
        return false;
    if (is_v3(fdt, iommu))
        return first_cell(fdt, iommu, "#iommu-cells", &cells) && cells == 1;
    return !is_one(fdt, iommu, older) ||
           (first_cell(fdt, iommu, "#global-interrupts", &cells) &&
            count_interrupts(fdt, iommu, gic_of(fdt), &types) > cells);
}

/* ---- devices -------------------------------------------------------------------------------- */

/* The streams that the mmu-masters of all SMMUs tell of a device. */
struct listed {
    int smmu;        /* -1: none */
    unsigned times;
    struct cells streams;
};

static struct listed listed_of(const void *fdt, int device, const struct drivers *drivers)
{
    struct listed listed = { .smmu = -1 };

    for (int smmu = fdt_next_node(fdt, 0, NULL); smmu >= 0; smmu = fdt_next_node(fdt, smmu, NULL)) {
        struct cells rest = cells_of(fdt, smmu, "mmu-masters");
        struct reference found;

        if (!rest.count || !is_one(fdt, smmu, older) || !xen_drives(fdt, smmu, drivers))
            continue;
        while (next_reference(fdt, &rest, "#stream-id-cells", &found)) {
            if (found.node != device)
                continue;
            listed = (struct listed){ smmu, listed.times + 1, found.args };
        }
    }
    return listed;
}

/* arm_smmu_dt_xlate_generic(): what one entry makes, or false where it makes another thing. */
static bool is_programmed(const void *fdt, struct reference entry, const struct drivers *drivers)
{
    uint32_t mask = 0;

    if (!is_one(fdt, entry.node, older))
        return true;
    if (!entry.args.count || entry.args.count > 2 || fdt32_ld(entry.args.at) > STREAM)
        return false;
    if (entry.args.count > 1)
        mask = fdt32_ld(entry.args.at + 1);
    else
        first_cell(fdt, entry.node, "stream-match-mask", &mask);
    return mask <= (drivers->oldest >= MASKS_SINCE ? STREAM : 0);
}

static bool iommus_translate(const void *fdt, int node, const struct drivers *drivers)
{
    struct cells rest = cells_of(fdt, node, "iommus");
    struct reference entry;
    uint32_t count = 0;
    int only = -1;

    for (; rest.count; count++) {
        if (!next_reference(fdt, &rest, "#iommu-cells", &entry) ||
            (count && entry.node != only) || !is_programmed(fdt, entry, drivers))
            return false;
        only = entry.node;
    }
    return count && (count <= STREAMS || !is_one(fdt, only, older)) &&
           xen_drives(fdt, only, drivers);
}

bool xen_translates(const void *fdt, int node, const struct drivers *drivers)
{
    struct listed listed = listed_of(fdt, node, drivers);

    if (listed.smmu < 0)
        return iommus_translate(fdt, node, drivers);
    if (listed.times != 1 || has(fdt, node, "iommus") || !listed.streams.count ||
        listed.streams.count > STREAMS)
        return false;
    for (uint32_t i = 0; i < listed.streams.count; i++)
        if (fdt32_ld(listed.streams.at + i) > STREAM)
            return false;
    return true;
}
