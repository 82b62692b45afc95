// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which IOMMUs are driven: iommu_hardware_setup() and what each driver asks of a node. */
#include "shim/model/smmu.h"

#include "shim/base/mem.h"
#include "shim/model/bus.h"
#include "shim/model/match.h"

enum { V3_REGISTERS = 128 << 10 }; /* arm_smmu_resource_size() */

struct shim_xen_smmu *shim_xen_smmu_at(const struct shim_xen_host *host, uint32_t node)
{
    uint32_t low = 0, high = host->smmu_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (host->smmus[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < host->smmu_count && host->smmus[low].node == node ? &host->smmus[low] : NULL;
}

static void stop_all(struct shim_xen_host *host, uint32_t node, const char *why,
                     const char *remedy)
{
    host->dma[SHIM_ROOT] = SHIM_XEN_NO_IOMMUS;
    shim_stop(host->stop, "iommu", node, why, remedy,
              "Couldn't configure correctly all the IOMMUs.");
}

/* ---- SMMU v1 and v2 --------------------------------------------------------------------- */

/*
 * They count their interrupts by number: those of all contexts at once, then one of each
 * context, up to the first that Xen cannot read (platform_get_resource()). A context's is taken
 * when it has a first device.
 */
static enum shim_xen_dma take_interrupts(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;
    struct shim_wires wires = shim_xen_wires(tree, node), again = wires;
    uint32_t global, count = 0, number;
    struct shim_wire wire;

    if (!shim_first_cell(shim_prop_named(tree, node, "#global-interrupts"), &global))
        return SHIM_XEN_NO_GLOBALS;
    while (count < SHIM_INTERRUPTS && shim_xen_read_wire(&wires, &wire) &&
           shim_xen_note_wire(host, &wire, &number))
        count++;
    if (count <= global)
        return SHIM_XEN_NO_CONTEXTS;
    for (uint32_t i = 0; i < global; i++)
        if (shim_xen_read_wire(&again, &wire) && shim_xen_note_wire(host, &wire, &number))
            host->interrupts[number] |= SHIM_INTERRUPT_XENS;
    return SHIM_XEN_OPEN;
}

static bool start_masters(struct shim_xen_host *host)
{
    const struct shim_sight *sight = host->sight;

    if (host->masters)
        return true;
    host->masters = shim_alloc(sight->arena, sight->tree->node_count, sizeof(*host->masters));
    for (uint32_t i = 0; host->masters && i < sight->tree->node_count; i++)
        host->masters[i] = SHIM_NONE;
    return host->masters != NULL;
}

/* register_smmu_master(): each node once, in all of them. */
static bool take_masters(struct shim_xen_host *host, uint32_t node)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t master;
    struct shim_span args;

    if (!shim_has_known(tree, node, SHIM_MMU_MASTERS))
        return true;
    if (!start_masters(host))
        return false;
    for (uint32_t i = 0; shim_xen_reference(tree, node, "mmu-masters", "#stream-id-cells", i,
                                            &master, &args); i++) {
        if (host->masters[master] != SHIM_NONE)
            stop_all(host, node, "it names a device that is already named",
                     "name each device once, in the mmu-masters of one SMMU");
        host->masters[master] = node;
    }
    return true;
}

static bool take_older(struct shim_xen_host *host, struct shim_xen_smmu *smmu)
{
    enum shim_xen_dma dma = take_interrupts(host, smmu->node);

    smmu->driven = dma == SHIM_XEN_OPEN;
    host->dma[smmu->node] = (uint8_t)dma;
    return !smmu->driven || take_masters(host, smmu->node);
}

/* ---- all kinds ---------------------------------------------------------------------------- */

/* arm_smmu_device_probe() of SMMU v3 */
static bool is_sound_v3(struct shim_xen_host *host, uint32_t node, struct shim_range at)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t cells = 0;

    shim_first_cell(shim_prop(tree, node, SHIM_IOMMU_CELLS), &cells);
    if (cells != 1)
        stop_all(host, node, "its #iommu-cells is not 1", "set its #iommu-cells to 1");
    else if (at.size < V3_REGISTERS)
        stop_all(host, node, "its registers have less than 128 KiB",
                 "give it all its registers in reg");
    return cells == 1 && at.size >= V3_REGISTERS;
}

/* The functions of one driver serve all: iommu_set_ops() keeps the first. */
static bool is_of_another_kind(const struct shim_xen_host *host, const struct shim_xen_smmu *smmu)
{
    for (const struct shim_xen_smmu *first = host->smmus; first != smmu; first++)
        if (first->driven)
            return first->kind != smmu->kind;
    return false;
}

/* False: no memory. */
static bool take(struct shim_xen_host *host, struct shim_xen_smmu *smmu)
{
    struct shim_range at;
    bool room = true;

    if (!shim_xen_address(host->sight->tree, smmu->node, 0, &at))
        stop_all(host, smmu->node, "Xen finds no registers of it",
                 "correct its reg, or the ranges above it");
    else if (smmu->kind == SHIM_XEN_SMMU)
        room = take_older(host, smmu);
    else
        smmu->driven = smmu->kind == SHIM_XEN_OTHER || is_sound_v3(host, smmu->node, at);
    host->iommu = host->iommu || smmu->driven;
    if (smmu->driven && is_of_another_kind(host, smmu)) {
        smmu->driven = false;
        host->dma[smmu->node] = SHIM_XEN_OTHER_KIND;
    }
    return room;
}

static bool list_smmus(struct shim_xen_host *host)
{
    const struct shim_sight *sight = host->sight;
    uint32_t count = 0;

    if (!(sight->kinds.some & SHIM_KIND_IOMMU))
        return true;
    for (uint32_t node = 1; node < sight->tree->node_count; node++)
        count += shim_xen_knows_iommu(sight, node);
    if (!count)
        return true;
    host->smmus = shim_alloc(sight->arena, count, sizeof(*host->smmus));
    host->dma = shim_alloc(sight->arena, sight->tree->node_count, 1);
    if (!host->smmus || !host->dma)
        return false;
    memset(host->dma, SHIM_XEN_OPEN, sight->tree->node_count);
    for (uint32_t node = 1; node < sight->tree->node_count; node++) {
        enum shim_xen_iommu kind = shim_xen_iommu_of(sight, node);
        struct shim_xen_smmu *smmu = &host->smmus[host->smmu_count];

        if (kind == SHIM_XEN_NO_IOMMU)
            continue;
        *smmu = (struct shim_xen_smmu){ .node = node, .kind = (uint8_t)kind };
        smmu->last = &smmu->streams;
        host->smmu_count++;
    }
    return true;
}

bool shim_xen_take_smmus(struct shim_xen_host *host)
{
    const struct shim_tree *tree = host->sight->tree;
    bool room = list_smmus(host);

    if (!shim_xen_wants_iommus(host->sight->xen_line))
        return room;
    for (uint32_t i = 0; room && i < host->smmu_count; i++) {
        uint32_t node = host->smmus[i].node;

        if (shim_available(tree, node) && !shim_passed_through(tree, node))
            room = take(host, &host->smmus[i]);
    }
    return room;
}

/* Scratch: only the answer is needed. */
struct looking {
    struct shim_xen_host host;
    struct shim_stop none, stop;
};

static bool knows_any(const struct shim_sight *sight)
{
    for (uint32_t node = 1; sight->kinds.some & SHIM_KIND_IOMMU && node < sight->tree->node_count;
         node++)
        if (shim_xen_knows_iommu(sight, node))
            return true;
    return false;
}

/* Where Xen stops on the way it does not come to dom0: then the answer does not matter. */
bool shim_xen_drives_any(const struct shim_sight *sight, bool *any)
{
    struct shim_arena start = *sight->arena;
    struct looking *looking;
    struct shim_error error;
    bool room;

    *any = false;
    if (!knows_any(sight))
        return true;
    looking = shim_alloc(sight->arena, 1, sizeof(*looking));
    room = looking != NULL;
    if (room) {
        memset(looking, 0, sizeof(*looking));
        room = !shim_xen_take_host(&looking->host, sight, &looking->none, &error);
    }
    if (room) {
        looking->host.stop = &looking->stop;
        room = shim_xen_take_smmus(&looking->host);
    }
    *any = room && looking->host.iommu;
    if (room)
        *sight->arena = start;
    return room;
}
