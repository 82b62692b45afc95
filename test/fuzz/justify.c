// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "justify_xen.h"

#include <libfdt.h>
#include <string.h>

/* ---- values ---------------------------------------------------------------------------- */

static uint32_t cell(const void *fdt, int node, const char *name, uint32_t otherwise)
{
    int len;
    const fdt32_t *value = fdt_getprop(fdt, node, name, &len);

    return value && len == 4 ? fdt32_ld(value) : otherwise;
}

static bool has(const void *fdt, int node, const char *name)
{
    return fdt_getprop(fdt, node, name, NULL) != NULL;
}

static bool called(const void *fdt, int node, const char *name)
{
    size_t len = strlen(name);
    const char *own = fdt_get_name(fdt, node, NULL);

    return !strncmp(own, name, len) && (!own[len] || own[len] == '@');
}

static bool is_pci(const void *fdt, int node)
{
    return called(fdt, node, "pci") || called(fdt, node, "pcie") ||
           fdt_stringlist_search(fdt, node, "device_type", "pci") >= 0 ||
           fdt_stringlist_search(fdt, node, "device_type", "pciex") >= 0;
}

static uint64_t number(const fdt32_t *at, uint32_t cells)
{
    uint64_t value = 0;

    for (; cells; cells--)
        value = value << 32 | fdt32_ld(at++);
    return value;
}

/* ---- where an IOMMU's registers are ------------------------------------------------------- */

/* One level up; false where `ranges` does not cover the address. */
static bool step_up(const void *fdt, int bus, uint64_t *address)
{
    uint32_t child = cell(fdt, bus, "#address-cells", 2), size = cell(fdt, bus, "#size-cells", 1);
    uint32_t up = cell(fdt, fdt_parent_offset(fdt, bus), "#address-cells", 2);
    int len, step = (int)(child + up + size);
    const fdt32_t *at = fdt_getprop(fdt, bus, "ranges", &len);

    if (!at || is_pci(fdt, bus) || !len || child > 2 || up > 2 || size > 2)
        return at && !len && !is_pci(fdt, bus);
    for (len /= 4; len >= step; len -= step, at += step) {
        uint64_t first = number(at, child);

        if (*address < first || *address - first >= number(at + child + up, size))
            continue;
        *address = *address - first + number(at + child, up);
        return true;
    }
    return false;
}

static bool has_registers(const void *fdt, int node)
{
    int bus = fdt_parent_offset(fdt, node), len;
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);
    uint32_t cells = bus < 0 ? 0 : cell(fdt, bus, "#address-cells", 2);
    uint64_t address;

    if (!reg || cells < 1 || cells > 2 || len < (int)(4 * cells) || is_pci(fdt, bus))
        return false;
    address = number(reg, cells);
    for (; bus > 0; bus = fdt_parent_offset(fdt, bus))
        if (!step_up(fdt, bus, &address))
            return false;
    return true;
}

/* ---- IOMMUs -------------------------------------------------------------------------------- */

static bool is_on(const void *fdt, int node)
{
    const char *status = fdt_getprop(fdt, node, "status", NULL);

    return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static bool reachable(const void *fdt, int node)
{
    for (; node > 0; node = fdt_parent_offset(fdt, node))
        if (!is_on(fdt, node))
            return false;
    return is_on(fdt, 0);
}

static bool is_among(const void *fdt, int node, struct shim_span list)
{
    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        if (fdt_stringlist_search(fdt, node, "compatible", at) >= 0)
            return true;
    return false;
}

static const char smmus[] = "arm,smmu-v1\0arm,smmu-v2\0arm,mmu-400\0arm,mmu-401\0"
                            "arm,mmu-500\0arm,smmu-v3";
enum { SMMU_V3_LEN = sizeof("arm,smmu-v3") };

static bool lacks_stage2(const void *fdt, int node, const struct drivers *drivers)
{
    struct shim_span told = drivers->no_stage2;

    for (const char *at = shim_list_next(told, NULL); at; at = shim_list_next(told, at))
        if (fdt_path_offset(fdt, at) == node)
            return true;
    return drivers->smmus_lack_stage2 &&
           is_among(fdt, node, (struct shim_span){ (const uint8_t *)smmus, sizeof(smmus) });
}

bool justify_has_driver(const void *fdt, int node, const struct drivers *drivers)
{
    return is_among(fdt, node, drivers->list);
}

static bool is_driven(const void *fdt, int node, const struct drivers *drivers)
{
    return node >= 0 && reachable(fdt, node) && !has(fdt, node, "xen,passthrough") &&
           is_among(fdt, node, drivers->list) && has_registers(fdt, node) &&
           !lacks_stage2(fdt, node, drivers) &&
           (!drivers->oldest || xen_drives(fdt, node, drivers));
}

/* ---- devices ------------------------------------------------------------------------------- */

/* An entry with a mask that no SMMU of version 1 or 2 has room for. */
static bool has_wide_mask(const void *fdt, int iommu, const fdt32_t *entry, uint32_t count)
{
    struct shim_span older = { (const uint8_t *)smmus, sizeof(smmus) - SMMU_V3_LEN };
    uint32_t mask = cell(fdt, iommu, "stream-match-mask", 0);

    if (!is_among(fdt, iommu, older))
        return false;
    if (count > 1)
        mask = fdt32_ld(entry + 2);
    return mask > 0x7fff;
}

/* All entries of `iommus` are whole and name IOMMUs that are driven. */
static bool iommus_translate(const void *fdt, int node, const struct drivers *drivers)
{
    int len;
    const fdt32_t *at = fdt_getprop(fdt, node, "iommus", &len);
    uint32_t left = (uint32_t)len / 4, count;

    if (!at || !len || len % 4)
        return false;
    for (; left; left -= 1 + count, at += 1 + count) {
        int iommu = fdt_node_offset_by_phandle(fdt, fdt32_ld(at));

        count = iommu < 0 ? UINT32_MAX : cell(fdt, iommu, "#iommu-cells", UINT32_MAX);
        if (count > left - 1 || !is_driven(fdt, iommu, drivers) ||
            has_wide_mask(fdt, iommu, at, count))
            return false;
    }
    return true;
}

/* How many cells a row of an iommu-map has for its IOMMU: Linux knows up to 16. */
enum { SPECIFIER_MOST = 16, NO_ROW };

static uint32_t specifier_of(const void *fdt, const fdt32_t *row)
{
    int iommu = fdt_node_offset_by_phandle(fdt, fdt32_ld(row + 1));
    uint32_t asks = iommu < 0 ? NO_ROW : cell(fdt, iommu, "#iommu-cells", 1);

    return asks < NO_ROW ? asks : NO_ROW;
}

/* Its rows come to an end with the property: as long as the IOMMUs ask, or four cells each. */
static bool map_ends(const void *fdt, const fdt32_t *at, uint32_t left, bool four)
{
    while (left > 1) {
        uint32_t asks = specifier_of(fdt, at), cells = 3 + (four ? 1 : asks);

        if (asks == NO_ROW || cells > left)
            return false;
        at += cells;
        left -= cells;
    }
    return !left;
}

/* Rows of four for an IOMMU that asks for two, one ID each: older trees (of_check_bad_map()). */
static bool is_older_map(const void *fdt, const fdt32_t *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 4)
        if (count - i < 4 || fdt32_ld(at + i + 1) != fdt32_ld(at + 1) || fdt32_ld(at + i + 3) != 1)
            return false;
    return specifier_of(fdt, at) == 2;
}

/* One requester ID: is it in a row whose IOMMU is driven, and asks for one cell? */
static bool id_translates(const void *fdt, int node, uint32_t id, const struct drivers *drivers)
{
    int len;
    const fdt32_t *at = fdt_getprop(fdt, node, "iommu-map", &len);
    uint32_t left = at && len % 4 == 0 ? (uint32_t)len / 4 : 0, cells;
    bool four;

    if (left < 3)
        return false;
    four = is_older_map(fdt, at, left) || !map_ends(fdt, at, left, false);
    if (four && !map_ends(fdt, at, left, true))
        return false;
    for (; left; at += cells, left -= cells) {
        int iommu = fdt_node_offset_by_phandle(fdt, fdt32_ld(at + 1));
        uint32_t asks = specifier_of(fdt, at);

        cells = 3 + (four ? 1 : asks);
        if (id >= fdt32_ld(at) && id - fdt32_ld(at) < fdt32_ld(at + cells - 1))
            return asks == 1 && has(fdt, iommu, "#iommu-cells") && is_driven(fdt, iommu, drivers);
    }
    return false;
}

/* That Xen has a driver for, 4.21 and 4.22; whether it is told to is not looked at here. */
static const char hosts[] = "pci-host-ecam-generic\0xlnx,nwl-pcie-2.11\0renesas,r8a779f0-pcie\0"
                            "renesas,r8a779g0-pcie";

/* A bridge: a sample of the IDs that the mask leaves; all of them would cost too much. */
static bool map_translates(const void *fdt, int node, const struct drivers *drivers)
{
    uint32_t mask = cell(fdt, node, "iommu-map-mask", 0xffff) & 0xffff;

    if (drivers->oldest && (drivers->oldest < 21 || !is_among(fdt, node, (struct shim_span){
                                (const uint8_t *)hosts, sizeof(hosts) })))
        return false;
    for (uint32_t id = 0; id <= 0xffff; id += 0x101)
        if (!id_translates(fdt, node, id & mask, drivers))
            return false;
    return true;
}

/* mmu-masters of one SMMU list the device. */
static bool lists(const void *fdt, int smmu, uint32_t phandle)
{
    int len;
    const fdt32_t *at = fdt_getprop(fdt, smmu, "mmu-masters", &len);
    uint32_t left = at ? (uint32_t)len / 4 : 0, count;

    for (; left; left -= 1 + count, at += 1 + count) {
        int device = fdt_node_offset_by_phandle(fdt, fdt32_ld(at));

        if (fdt32_ld(at) == phandle)
            return true;
        count = device < 0 ? UINT32_MAX : cell(fdt, device, "#stream-id-cells", UINT32_MAX);
        if (count > left - 1)
            return false;
    }
    return false;
}

static bool legacy_translates(const void *fdt, int node, const struct drivers *drivers)
{
    uint32_t phandle = fdt_get_phandle(fdt, node);
    unsigned listed = 0;

    for (int smmu = fdt_next_node(fdt, 0, NULL); phandle && smmu >= 0;
         smmu = fdt_next_node(fdt, smmu, NULL)) {
        if (!lists(fdt, smmu, phandle))
            continue;
        if (!is_driven(fdt, smmu, drivers))
            return false;
        listed++;
    }
    return listed == 1;
}

static bool is_protected(const void *fdt, int node, const struct drivers *drivers)
{
    if (is_pci(fdt, node))
        return map_translates(fdt, node, drivers);
    if (has(fdt, node, "iommu-map") || (drivers->oldest && !xen_translates(fdt, node, drivers)))
        return false;
    return has(fdt, node, "iommus") ? iommus_translate(fdt, node, drivers)
                                    : legacy_translates(fdt, node, drivers);
}

/* What is reserved of memory: no device stands there, and a tag says nothing. */
static bool is_reserved(const void *fdt, int node)
{
    return fdt_node_depth(fdt, node) >= 1 &&
           !strcmp(fdt_get_name(fdt, fdt_supernode_atdepth_offset(fdt, node, 1, NULL), NULL),
                   "reserved-memory");
}

bool justify_tags(const void *tree, const struct drivers *drivers)
{
    for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL))
        if (has(tree, node, "xen-dma-safe") && !is_reserved(tree, node) &&
            !is_protected(tree, node, drivers))
            return false;
    return true;
}

/* A device of the board that is protected has the very compatible. */
static bool has_protected(const void *board, const void *compatible, int len,
                          const struct drivers *drivers)
{
    for (int node = 0; node >= 0; node = fdt_next_node(board, node, NULL)) {
        int own;
        const void *value = fdt_getprop(board, node, "compatible", &own);

        if (value && own == len && !memcmp(value, compatible, (size_t)len) &&
            is_protected(board, node, drivers))
            return true;
    }
    return false;
}

bool justify_domain(const void *domain, const void *board, const struct drivers *drivers)
{
    for (int node = 0; node >= 0; node = fdt_next_node(domain, node, NULL)) {
        int len;
        const void *compatible = fdt_getprop(domain, node, "compatible", &len);

        if (has(domain, node, "xen-dma-safe") &&
            !(compatible && has_protected(board, compatible, len, drivers)))
            return false;
    }
    return true;
}
