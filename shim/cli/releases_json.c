// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table of Xen's releases: what each column means, and a row for each release. */
#include <stddef.h>

#include "help.h"
#include "json_write.h"
#include "shim/model/release.h"

enum kind { YES_OR_NO, NUMBER, ADDRESS };

/* Of a bool, an integer of any size, or an address: where it is in the row. */
#define BOOL(field, help) { #field, help, YES_OR_NO, offsetof(struct shim_release, field), \
                            sizeof(bool) }
#define SIZED(kind, field, help) { #field, help, kind, offsetof(struct shim_release, field), \
                                   sizeof(((struct shim_release *)0)->field) }

static const struct column {
    const char *name, *help;
    enum kind kind;
    size_t at, size;
} columns[] = {
    BOOL(run, "64 bits: forecasts were compared with boots of this release; no: they come from its "
              "source alone"),
    BOOL(run_32, "the same for 32 bits"),
    BOOL(reads_status, "it reads status in memory nodes and in the children of /reserved-memory"),
    BOOL(memory_at_root, "RAM is in nodes at depth 1 with device_type alone"),
    SIZED(NUMBER, stops_at_depth, "it stops at a node this deep; 0: depth does not matter"),
    BOOL(stops_on_misread, "it stops at what it cannot read; no: it goes on without the rest"),
    BOOL(joins_map, "under UEFI it joins banks that touch"),
    BOOL(counts_memreserve, "/memreserve/ entries count towards its 256 reserved banks"),
    BOOL(drops_meeting_module, "it ignores a module that overlaps a region or another module"),
    BOOL(reads_stream_masks, "it reads the masks in SMMU v1 and v2 specifiers"),
    BOOL(leaves_half_behind, "a device with several IOMMUs, one of them disabled, is given to none"),
    BOOL(reads_iommu_map, "it reads iommu-map for PCI, with pci-passthrough=on"),
    BOOL(gates_static_memory, "it reads xen,static-mem only with CONFIG_STATIC_MEMORY"),
    BOOL(knows_microcode, "multiboot,microcode is a kind of module of its own"),
    BOOL(shared_apart, "shared memory is a list of its own, of 32 entries"),
    SIZED(ADDRESS, lowest, "the lowest address to load it at; 0: no limit"),
    SIZED(ADDRESS, highest, "it has to be loaded below this address; 0: no limit"),
    SIZED(ADDRESS, clash_from, "it does not start between this address and clash_to"),
    SIZED(ADDRESS, clash_to, "see clash_from"),
    SIZED(NUMBER, overlap, "which entries of reserved memory must not overlap: 0 any may, 1 not "
                           "regions with each other, modules, Xen or the tree, 2 nor with "
                           "/memreserve/, 3 as 2, but a region may be inside a /memreserve/ entry"),
    SIZED(NUMBER, dom0_tree_more, "bytes that dom0's tree may have more than the host's"),
    SIZED(NUMBER, domain_tree, "bytes that a domain's tree may have"),
    SIZED(NUMBER, direct_map, "slots of 512 GiB in which RAM is mapped, 64 bits"),
    BOOL(bounds_frame_table, "it stops if the frame table has no room for all RAM; no: the table "
                             "goes on after its end"),
    BOOL(keeps_packed, "with a static heap it does not free the memory of a packed kernel"),
    BOOL(table_by_group, "the frame table has a piece for each run of groups with RAM"),
    BOOL(mends_cortex_a53, "it has the workaround for erratum 1530924, which takes page tables"),
    BOOL(frames_by_offset, "frame numbers may be compressed by offset, not only by mask"),
    BOOL(coloring, "it has llc-coloring=on, which makes dom0 not 1:1"),
    BOOL(coloring_ascending, "with it, dom0's banks are taken in ascending order"),
    BOOL(stops_on_wrong_path, "it stops at a xen,path without a node; no: the domain lacks the device"),
    BOOL(regions_short, "extended regions lack their last page, and so 2 MiB"),
    BOOL(regions_keep_off, "a domain's extended regions do not overlap its xen,reg"),
    BOOL(gic_v3_32, "32 bits: it can be built with GICv3, which is not the default"),
    BOOL(hardware_domain, "a domain of the tree may be the hardware domain"),
    BOOL(d0, "its log has d0 where earlier releases have dom0"),
    BOOL(stops_with_d0, "its messages when it stops have d0, too, for hwdom and DOM0"),
    BOOL(invalid_virq, "it has its own message for an interrupt that the GIC does not have"),
    BOOL(hides_chosen, "dom0's tree has no xen,static-heap, and no nodes of domains, shared memory "
                       "and channels"),
    BOOL(removes_iommu_map, "dom0's tree has no iommu-map for an IOMMU that Xen drives"),
    BOOL(keeps_gic_name, "dom0's tree keeps the name of the GIC's node"),
    BOOL(checks_width, "it checks itself whether a register's address is one"),
    BOOL(timer_names, "it finds the timer's interrupts by interrupt-names"),
    BOOL(checks_pci_interrupts, "a kept interrupt in an interrupt-map stops it, too"),
    BOOL(domain_tree_partial, "domain_tree is in addition to the size of the partial tree"),
    BOOL(gic_regions, "a domain's GICv3 node has #redistributor-regions"),
    BOOL(gic_needs_phandle, "a partial tree whose /gic has no phandle gives a broken tree"),
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static uint64_t value_of(const struct shim_release *row, const struct column *column)
{
    const char *at = (const char *)row + column->at;

    switch (column->size) {
    case sizeof(uint8_t):
        return *(const uint8_t *)at;
    case sizeof(uint32_t):
        return *(const uint32_t *)(const void *)at;
    default:
        return *(const uint64_t *)(const void *)at;
    }
}

static void json_row(const struct shim_release *row)
{
    json_open(NULL, '{');
    json_words("name", row->name);
    for (unsigned i = 0; i < COLUMNS; i++) {
        uint64_t value = value_of(row, &columns[i]);

        if (columns[i].kind == YES_OR_NO)
            json_bool(columns[i].name, value);
        else if (columns[i].kind == NUMBER)
            json_number(columns[i].name, (unsigned)value);
        else
            json_hex(columns[i].name, value);
    }
    json_close('}');
}

void json_releases(void)
{
    json_open("release_columns", '[');
    for (unsigned i = 0; i < COLUMNS; i++) {
        json_open(NULL, '{');
        json_words("name", columns[i].name);
        json_words("help", columns[i].help);
        json_close('}');
    }
    json_close(']');
    json_open("releases", '[');
    for (unsigned minor = SHIM_XEN_OLDEST; minor <= SHIM_XEN_NEWEST; minor++)
        json_row(shim_release_row(minor));
    json_close(']');
}
