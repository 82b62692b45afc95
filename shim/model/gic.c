// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/gic.h"

#include "shim/model/bus.h"
#include "shim/model/match.h"
#include "shim/model/platform.h"

enum {
    REDISTRIBUTOR = 128 << 10, /* of one CPU: GICV3_GICR_SIZE */
    EDGE_RISING = 1,
    INTERFACE = 8 << 10,       /* of a GICv2's CPU, the least */
};

static bool has_address(struct shim_xen_host *host, uint32_t index, const char *what)
{
    struct shim_range at;

    if (shim_xen_address(host->sight->tree, host->gic, index, &at))
        return true;
    shim_stop(host->stop, "gic", host->gic, "the GIC lacks an address that Xen needs",
              "give the GIC all its registers", "GICv%u: Cannot find a valid %s",
              host->gic_v3 ? 3u : 2u, what);
    return false;
}

/* vgic_v3_domain_init(): dom0 has as many regions as its CPUs need. */
static bool has_redistributors(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t count = 1;
    uint64_t cpus = 0;
    struct shim_range at;

    shim_first_cell(shim_prop_named(tree, host->gic, "#redistributor-regions"), &count);
    for (uint32_t i = 0; i < count; i++) {
        if (shim_xen_address(tree, host->gic, 1 + i, &at)) {
            host->dom0_regions += cpus < host->cpus;
            cpus += at.size / REDISTRIBUTOR;
            continue;
        }
        shim_stop(host->stop, "gic", host->gic, "the GIC lacks a region of redistributors",
                  "make its reg and #redistributor-regions agree",
                  "GICv3: No rdist base found for region %u", i);
        return false;
    }
    return true;
}

/* Both of a CPU's interfaces are of one size; 8 KiB at least, whatever the first one says. */
static bool has_interfaces(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_range own, virtual;

    shim_xen_address(tree, host->gic, 1, &own);
    shim_xen_address(tree, host->gic, 3, &virtual);
    if (own.size < INTERFACE && host->platform->gic_stride)
        return true;
    if (own.size < INTERFACE)
        own.size = INTERFACE;
    if (own.size == virtual.size)
        return true;
    shim_stop(host->stop, "gic", host->gic, "the GIC's CPU interface and its virtual CPU interface "
              "differ in size", "correct the sizes in the GIC's reg",
              "GICv2: Sizes of GICC (");
    return false;
}

/* gicv2_dt_init(), gicv3_dt_init() */
void shim_xen_take_gic(struct shim_xen_host *host)
{
    uint32_t maintenance;
    bool sound;

    host->gic_v3 = shim_xen_is_gic_v3(host->sight, host->gic);
    if (host->gic_v3)
        sound = has_address(host, 0, "distributor address") && has_redistributors(host);
    else
        sound = has_address(host, 0, "address for the distributor") &&
                has_address(host, 1, "address for the CPU") &&
                has_address(host, 2, "address for the hypervisor") &&
                has_address(host, 3, "address for the virtual CPU") && has_interfaces(host);
    if (sound && !shim_xen_take_interrupt(host, host->gic, 0, &maintenance))
        shim_stop(host->stop, "gic", host->gic, "the GIC lacks its maintenance interrupt",
                  "give the GIC's node its interrupts",
                  "GICv%u: Cannot find the maintenance IRQ", host->gic_v3 ? 3u : 2u);
}

/*
 * gicv2_map_hwdom_extra_mappings(): the interrupts of each frame are dom0's, and edges.
 * Where the tree does not say them, the frame's register does.
 */
void shim_xen_frame(const struct shim_sight *sight, uint32_t frame, uint32_t *base,
                    uint32_t *count)
{
    uint32_t typer = sight->boot->gicv2m_typer;

    *base = *count = 0;
    if (shim_first_cell(shim_prop_named(sight->tree, frame, "arm,msi-base-spi"), base) &&
        shim_first_cell(shim_prop_named(sight->tree, frame, "arm,msi-num-spis"), count) &&
        *base && *count)
        return;
    *base = typer >> 16 & 0x3ff;
    *count = typer & 0x3ff;
}

void shim_xen_give_frames(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t base, count;

    for (uint32_t child = shim_first_child(tree, host->gic); child != SHIM_NONE;
         child = shim_next_child(tree, child)) {
        if (!shim_xen_compatible(tree, child, "arm,gic-v2m-frame\0"))
            continue;
        shim_xen_frame(host->sight, child, &base, &count);
        for (uint32_t i = 0; i < count && base + i < SHIM_INTERRUPTS; i++)
            shim_xen_set_type(host, base + i, EDGE_RISING);
    }
}
