// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/host.h"

#include "shim/base/mem.h"
#include "shim/model/bus.h"
#include "shim/model/console.h"
#include "shim/model/cpus.h"
#include "shim/model/match.h"

/* ---- interrupts ----------------------------------------------------------------------- */

bool shim_xen_set_type(struct shim_xen_host *host, uint32_t number, uint32_t type)
{
    uint8_t *known;

    if (number >= SHIM_INTERRUPTS) {
        shim_stop(host->stop, "interrupt-number", SHIM_NONE,
                  "an interrupt has a number that no GIC has: Xen writes past its table",
                  "correct the number in the tree", "%s", "");
        return false;
    }
    known = &host->interrupts[number];
    if (!(*known & SHIM_INTERRUPT_TYPED))
        *known |= (uint8_t)(SHIM_INTERRUPT_TYPED | type);
    return (*known & (SHIM_INTERRUPT_TYPED - 1)) == type;
}

bool shim_xen_interrupt(struct shim_xen_host *host, uint32_t node, uint32_t index,
                        uint32_t *number)
{
    struct shim_wire wire;
    uint32_t type;

    return shim_xen_wire(host->sight->tree, node, index, &wire) && wire.controller == host->gic &&
           shim_gic_interrupt(&wire, number, &type) && shim_xen_set_type(host, *number, type);
}

/* Takes one for Xen itself. */
static bool take(struct shim_xen_host *host, uint32_t node, uint32_t index, uint32_t *number)
{
    if (!shim_xen_interrupt(host, node, index, number))
        return false;
    host->interrupts[*number] |= SHIM_INTERRUPT_XENS;
    return true;
}

/* ---- GIC ------------------------------------------------------------------------------ */

#define GICS_2 "arm,cortex-a15-gic\0arm,cortex-a7-gic\0arm,gic-400\0"
#define GICS_3 "arm,gic-v3\0"

enum {
    REDISTRIBUTOR = 128 << 10, /* of one CPU: GICV3_GICR_SIZE */
    EDGE_RISING = 1,
    INTERFACE = 8 << 10,       /* of a GICv2's CPU, the least */
    CPUS_2 = 8,                /* that a GICv2 has */
};
#define WITH_STRIDE "apm,xgene-storm\0" /* a platform that Xen knows to have it otherwise */

/* gic_dt_preinit(), intc_dt_preinit(): the first one that it can use. */
static void find_gic(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        if (!shim_prop(tree, node, SHIM_INTERRUPT_CONTROLLER).at ||
            !shim_xen_compatible(tree, node, GICS_2 GICS_3) || !shim_available(tree, node) ||
            shim_passed_through(tree, node))
            continue;
        host->gic = node;
        host->gic_v3 = shim_xen_compatible(tree, node, GICS_3);
        return;
    }
    shim_stop(host->stop, "gic", SHIM_NONE, "no interrupt controller that Xen knows",
              "Xen needs a GICv2 or GICv3 that is not disabled", "%s", "");
}

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

/* vgic_v3_domain_init(): dom0 is told of as many regions as its CPUs need. */
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
    if (own.size < INTERFACE && shim_xen_compatible(tree, SHIM_ROOT, WITH_STRIDE))
        return true;
    if (own.size < INTERFACE)
        own.size = INTERFACE;
    if (own.size == virtual.size)
        return true;
    shim_stop(host->stop, "gic", host->gic, "the GIC's interfaces of a CPU, its own and the "
              "virtual one, differ in size", "correct the sizes in the GIC's reg",
              "GICv2: Sizes of GICC (");
    return false;
}

/* gicv2_dt_init(), gicv3_dt_init() */
static void take_gic(struct shim_xen_host *host)
{
    uint32_t maintenance;
    bool sound;

    if (host->gic_v3)
        sound = has_address(host, 0, "distributor address") && has_redistributors(host);
    else
        sound = has_address(host, 0, "address for the distributor") &&
                has_address(host, 1, "address for the CPU") &&
                has_address(host, 2, "address for the hypervisor") &&
                has_address(host, 3, "address for the virtual CPU") && has_interfaces(host);
    if (sound && !take(host, host->gic, 0, &maintenance))
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

static void give_frames(struct shim_xen_host *host)
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

/* ---- timer ---------------------------------------------------------------------------- */

#define TIMERS "arm,armv7-timer\0arm,armv8-timer\0"

static void find_timer(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;

    for (uint32_t node = 0; node < tree->node_count; node++)
        if (shim_xen_compatible(tree, node, TIMERS)) {
            host->timer = node;
            return;
        }
    shim_stop(host->stop, "timer", SHIM_NONE, "no timer that Xen knows",
              "Xen needs a node arm,armv8-timer", "%s", "");
}

/* The place of a name in interrupt-names; false: it is not there. */
static bool named(const struct shim_tree *tree, uint32_t node, const char *name, uint32_t *index)
{
    struct shim_span names = shim_prop_named(tree, node, "interrupt-names");

    *index = 0;
    for (const char *at = shim_list_next(names, NULL); at; at = shim_list_next(names, at)) {
        if (!strcmp(at, name))
            return true;
        (*index)++;
    }
    return false;
}

/* init_dt_xen_time(); the fourth is the hypervisor's own. */
static void take_timers(struct shim_xen_host *host)
{
    static const char names[] = "sec-phys\0phys\0virt\0hyp-phys\0";
    const struct shim_tree *tree = host->sight->tree;
    bool by_name = host->sight->boot->release->timer_names &&
                   shim_has(tree, host->timer, "interrupt-names");

    for (uint32_t i = 0; i <= SHIM_TIMERS; i++) {
        uint32_t index = i, number;

        if ((by_name && !named(tree, host->timer, shim_word(names, i), &index)) ||
            !take(host, host->timer, index, &number)) {
            shim_stop(host->stop, "timer", host->timer, "the timer lacks an interrupt",
                      "give the timer's node all its interrupts",
                      "Timer: Unable to retrieve IRQ %u from the device tree", i);
            return;
        }
        if (i < SHIM_TIMERS)
            host->timers[i] = number;
    }
}

/* ---- nodes ---------------------------------------------------------------------------- */

enum kind { NONE, SKIP, HIDDEN, GIC, TIMER, SMMU, SMMU_V3 };

#define WORD(word) sizeof(word) - 1, word

/*
 * skip_matches[] and timer_matches[] of handle_node(), the IDs of GICs and of IOMMUs
 * (smmu.c, smmu-v3.c); HIDDEN ones are seen by dom0 before 4.18.
 */
static const struct word {
    uint8_t kind, len;
    char word[27];
} words[] = {
    { SKIP, WORD("xen,xen") },
    { SKIP, WORD("xen,multiboot-module") },
    { SKIP, WORD("multiboot,module") },
    { SKIP, WORD("arm,psci") },
    { SKIP, WORD("arm,psci-0.2") },
    { SKIP, WORD("arm,psci-1.0") },
    { SKIP, WORD("arm,cortex-a7-pmu") },
    { SKIP, WORD("arm,cortex-a15-pmu") },
    { SKIP, WORD("arm,cortex-a53-edac") },
    { SKIP, WORD("arm,armv8-pmuv3") },
    { SKIP, WORD("arm,armv7-timer-mem") },
    { HIDDEN, WORD("xen,domain") },
    { HIDDEN, WORD("xen,domain-shared-memory-v1") },
    { HIDDEN, WORD("xen,evtchn-v1") },
    { GIC, WORD("arm,cortex-a15-gic") },
    { GIC, WORD("arm,cortex-a7-gic") },
    { GIC, WORD("arm,gic-400") },
    { GIC, WORD("arm,gic-v3") },
    { TIMER, WORD("arm,armv7-timer") },
    { TIMER, WORD("arm,armv8-timer") },
    { SMMU, WORD("arm,smmu-v1") },
    { SMMU, WORD("arm,smmu-v2") },
    { SMMU, WORD("arm,mmu-400") },
    { SMMU, WORD("arm,mmu-401") },
    { SMMU, WORD("arm,mmu-500") },
    { SMMU_V3, WORD("arm,smmu-v3") },
};

/* A set of kinds, as bits 1 << enum kind. */
static unsigned kinds_of(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);
    unsigned kinds = 0;

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at)) {
        size_t len = strlen(at);

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (words[i].len == len && shim_same_word(words[i].word, at))
                kinds |= 1u << words[i].kind;
    }
    return kinds;
}

static bool is_other(const struct shim_sight *sight, uint32_t node)
{
    struct shim_span others = sight->boot->other_iommus;

    for (const char *at = shim_list_next(others, NULL); at; at = shim_list_next(others, at))
        if (shim_list_has(shim_prop(sight->tree, node, SHIM_COMPATIBLE), at))
            return true;
    return false;
}

/* device_init(): drivers/passthrough/arm/Makefile has them in this order. */
static enum shim_xen_iommu iommu_of(const struct shim_sight *sight, uint32_t node, unsigned kinds)
{
    if (kinds & 1u << SMMU)
        return SHIM_XEN_SMMU;
    if (kinds & 1u << SMMU_V3 && sight->boot->smmu_v3)
        return SHIM_XEN_SMMU_V3;
    return is_other(sight, node) ? SHIM_XEN_OTHER : SHIM_XEN_NO_IOMMU;
}

enum shim_xen_iommu shim_xen_iommu_of(const struct shim_sight *sight, uint32_t node)
{
    return sight->tree->nodes[node].known >> SHIM_COMPATIBLE & 1
               ? iommu_of(sight, node, kinds_of(sight->tree, node)) : SHIM_XEN_NO_IOMMU;
}

/* blacklist_dev of xen/arch/arm/platforms, 4.17 to 4.22, by the root's compatible. */
static const struct device {
    char board[24];
    bool both;       /* 32-bit builds, too; else they are of 64 bits alone */
    char device[25];
} devices[] = {
    { "brcm,bcm2711", false, "brcm,bcm2835-aux" },
    { "brcm,bcm2711", false, "brcm,bcm2835-aux-spi" },
    { "brcm,bcm2711", false, "brcm,bcm2835-pm" },
    { "allwinner,sun6i-a31", true, "snps,dw-apb-uart" },
    { "allwinner,sun6i-a31s", true, "snps,dw-apb-uart" },
    { "allwinner,sun7i-a20", true, "snps,dw-apb-uart" },
    { "allwinner,sun8i-a23", true, "snps,dw-apb-uart" },
    { "allwinner,sun8i-a33", true, "snps,dw-apb-uart" },
    { "allwinner,sun8i-h2-plus", true, "snps,dw-apb-uart" },
    { "allwinner,sun8i-h3", true, "snps,dw-apb-uart" },
    { "allwinner,sun50i-a64", true, "snps,dw-apb-uart" },
    { "allwinner,sun50i-h5", true, "snps,dw-apb-uart" },
    { "allwinner,sun50i-h6", true, "snps,dw-apb-uart" },
    { "cavium,thunder-88xx", false, "cavium,smmu-v2" },
};
enum { DEVICES = sizeof(devices) / sizeof(devices[0]) };

static uint32_t find_platform(const struct shim_sight *sight)
{
    struct shim_span list = shim_prop(sight->tree, SHIM_ROOT, SHIM_COMPATIBLE);
    uint32_t found = 0;

    for (uint32_t i = 0; i < DEVICES; i++)
        if (shim_list_has(list, devices[i].board) &&
            (devices[i].both || sight->boot->arch == SHIM_XEN_ARM64))
            found |= 1u << i;
    return found;
}

static bool unwanted(const struct shim_xen_host *host, uint32_t node)
{
    struct shim_span list = shim_prop(host->sight->tree, node, SHIM_COMPATIBLE);

    for (uint32_t i = 0; host->platform >> i; i++)
        if (host->platform >> i & 1 && shim_list_has(list, devices[i].device))
            return true;
    return false;
}

/* handle_node() up to the interrupts. */
enum shim_fate shim_xen_fate(const struct shim_xen_host *host, uint32_t node)
{
    const struct shim_sight *sight = host->sight;
    const struct shim_tree *tree = sight->tree;
    unsigned kinds = kinds_of(tree, node);
    unsigned skipped = 1u << SKIP | (sight->boot->release->hides_chosen ? 1u << HIDDEN : 0);

    if (kinds & skipped || shim_xen_at_root(tree, node, "cpus") ||
        shim_xen_type(tree, node, "memory") || unwanted(host, node))
        return SHIM_FATE_KEPT;
    if (kinds & 1u << GIC)
        return node == host->gic ? SHIM_FATE_GIC : SHIM_FATE_KEPT;
    if (kinds & 1u << TIMER)
        return SHIM_FATE_TIMER;
    return node == host->console || iommu_of(sight, node, kinds) ? SHIM_FATE_KEPT
                                                                 : SHIM_FATE_GIVEN;
}

enum shim_code shim_xen_take_host(struct shim_xen_host *host, const struct shim_sight *sight,
                                  struct shim_stop *stop, struct shim_error *error)
{
    uint32_t number;

    *host = (struct shim_xen_host){
        .sight = sight, .stop = stop,
        .gic = SHIM_NONE, .timer = SHIM_NONE, .platform = find_platform(sight),
        .cpus = shim_dom0_cpus(sight),
    };
    host->interrupts = shim_alloc(sight->arena, SHIM_INTERRUPTS, 1);
    if (!host->interrupts)
        return shim_no_room(error, "for the interrupts that Xen knows");
    memset(host->interrupts, 0, SHIM_INTERRUPTS);
    find_timer(host);
    find_gic(host);
    host->console = shim_xen_console(sight);
    if (shim_stops(stop))
        return SHIM_OK;
    if (host->console != SHIM_NONE)
        take(host, host->console, 0, &number);
    take_gic(host);
    if (!shim_stops(stop))
        take_timers(host);
    if (!shim_stops(stop) && !host->gic_v3)
        give_frames(host);
    if (!host->gic_v3 && host->cpus > CPUS_2)
        shim_stop(stop, "cpus", SHIM_NONE, "dom0 has more CPUs than a GICv2 can serve",
                  "give Xen dom0_max_vcpus=8", "Error creating domain 0");
    return SHIM_OK;
}
