// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Devices behind IOMMUs: iommu_add_dt_device() of drivers/passthrough/device_tree.c, what the
 * drivers make of a specifier (dt_xlate), and which streams an SMMU of version 1 or 2 is then
 * given (arm_smmu_master_alloc_smes()).
 */
#include "shim/base/mem.h"
#include "shim/model/match.h"
#include "shim/model/smmu.h"
#include "shim/model/walked.h"

enum { BITS_15 = 0x7fff, MASK_SHIFT = 16, STREAM_CELLS = 2 /* a stream and its mask */ };

/* A device on its way. */
struct adding {
    struct shim_xen_host *host;
    uint32_t node;
    struct shim_xen_smmu *smmu; /* NULL: behind none yet */
    uint32_t count;             /* streams so far */
    enum shim_xen_dma dma;
};

static void note(struct adding *device, enum shim_xen_dma dma)
{
    if (device->dma <= SHIM_XEN_TRANSLATED)
        device->dma = dma;
}

static bool stopped(struct adding *device, enum shim_xen_dma dma, const char *why)
{
    struct shim_xen_host *host = device->host;

    note(device, dma);
    shim_stop(host->stop, "iommu", device->node, why,
              "remove its iommus, disable that IOMMU, or give Xen iommu=no",
              "Failed to add %s to the IOMMU", SHIM_PATH(host->sight->tree, device->node));
    return false;
}

/* ---- one stream ------------------------------------------------------------------------ */

static bool meets(const struct shim_xen_stream *a, uint16_t id, uint16_t mask)
{
    return !((id ^ a->id) & BITS_15 & ~(a->mask | mask));
}

/* arm_smmu_find_sme(): one that is all within another shares its place. */
static bool holds(const struct shim_xen_stream *a, uint16_t id, uint16_t mask)
{
    return (mask & a->mask) == mask && !((id ^ a->id) & BITS_15 & ~a->mask);
}

static bool programs(struct adding *device, uint16_t id, uint16_t mask)
{
    struct shim_xen_smmu *smmu = device->smmu;
    struct shim_xen_stream *stream;

    for (stream = smmu->streams; stream; stream = stream->next) {
        if (holds(stream, id, mask))
            return true;
        if (meets(stream, id, mask)) {
            note(device, SHIM_XEN_MEETS);
            shim_stop(device->host->stop, "iommu", device->node,
                      "its streams overlap those of another device, but differ",
                      "correct the masks of both in iommus",
                      "Failed to setup the IOMMU for %s",
                      SHIM_PATH(device->host->sight->tree, device->node));
            return false;
        }
    }
    stream = shim_alloc(device->host->sight->arena, 1, sizeof(*stream));
    if (!stream)
        return false;
    *stream = (struct shim_xen_stream){ .id = id, .mask = mask };
    *smmu->last = stream;
    smmu->last = &stream->next;
    return true;
}

/* One that an SMMU of version 1 or 2 is given, as far as Xen keeps it. */
static bool add_stream(struct adding *device, uint32_t id, uint32_t mask)
{
    bool masked = device->host->sight->boot->release->reads_stream_masks;

    if (mask)
        shim_walk_depends(device->host);
    if (id > BITS_15)
        note(device, SHIM_XEN_WIDE_STREAM);
    if (mask && !masked)
        note(device, SHIM_XEN_MASKED);
    if (mask > BITS_15)
        note(device, SHIM_XEN_WIDE_MASK);
    if (++device->count > SHIM_XEN_STREAMS_MAX)
        note(device, SHIM_XEN_MANY_STREAMS);
    return programs(device, (uint16_t)(id & BITS_15), masked ? (uint16_t)(mask & BITS_15) : 0);
}

/* ---- mmu-masters ------------------------------------------------------------------------ */

/* The streams of the device in the list; more than there is room for Xen does not take. */
static struct shim_span listed_streams(const struct adding *device)
{
    const struct shim_tree *tree = device->host->sight->tree;
    struct shim_span args = { .at = NULL };
    uint32_t master;

    for (uint32_t i = 0; shim_xen_reference(tree, device->smmu->node, "mmu-masters",
                                            "#stream-id-cells", i, &master, &args); i++)
        if (master == device->node)
            break;
    return args;
}

/* Its streams have no masks: bits above 16 count as the stream, too. */
static bool add_listed(struct adding *device)
{
    struct shim_span list = listed_streams(device);
    uint32_t cells = (uint32_t)(list.len / 4);

    if (!cells)
        note(device, SHIM_XEN_NO_STREAM);
    if (cells > SHIM_XEN_STREAMS_MAX)
        note(device, SHIM_XEN_MANY_STREAMS);
    if (shim_has_known(device->host->sight->tree, device->node, SHIM_IOMMUS))
        note(device, SHIM_XEN_BOTH_LISTS);
    for (uint32_t i = 0; i < cells && i < SHIM_XEN_STREAMS_MAX; i++) {
        uint32_t stream = shim_be32(list.at + 4 * (size_t)i);

        if (stream > BITS_15)
            note(device, SHIM_XEN_WIDE_STREAM);
        if (!add_stream(device, stream & BITS_15, stream >> MASK_SHIFT & BITS_15))
            return false;
    }
    return true;
}

/* ---- iommus ----------------------------------------------------------------------------- */

static bool add_told(struct adding *device, uint32_t iommu, struct shim_span args)
{
    uint32_t cells = (uint32_t)(args.len / 4), mask = 0;

    if (!device->smmu || device->smmu->kind != SHIM_XEN_SMMU)
        return true; /* its streams may be any */
    if (!cells)
        note(device, SHIM_XEN_NO_STREAM);
    if (cells > STREAM_CELLS)
        note(device, SHIM_XEN_MORE_CELLS);
    if (cells > 1)
        mask = shim_be32(args.at + 4);
    else
        shim_first_cell(shim_prop_named(device->host->sight->tree, iommu, "stream-match-mask"),
                        &mask);
    return add_stream(device, cells ? shim_be32(args.at) : 0, mask);
}

/* The one IOMMU that its iommus lead to, or SHIM_NONE. */
struct way {
    uint32_t iommu;
    bool half; /* an entry behind it leads to one that is disabled */
};

/* False: Xen stops. */
static bool find_way(struct adding *device, struct way *way)
{
    const struct shim_tree *tree = device->host->sight->tree;
    struct shim_span args = { .at = NULL }, list = shim_prop(tree, device->node, SHIM_IOMMUS);
    size_t read = 0;
    uint32_t iommu;

    *way = (struct way){ .iommu = SHIM_NONE };
    for (uint32_t i = 0; shim_xen_reference(tree, device->node, "iommus", "#iommu-cells", i,
                                            &iommu, &args); i++) {
        if (!shim_available(tree, iommu)) {
            note(device, SHIM_XEN_DISABLED);
            way->half = i != 0;
            break;
        }
        if (i && iommu != way->iommu)
            return stopped(device, SHIM_XEN_SEVERAL, "it is behind two IOMMUs");
        way->iommu = iommu;
        read = (size_t)(args.at - list.at) + args.len;
    }
    if (read != list.len)
        note(device, SHIM_XEN_UNREAD);
    return true;
}

/* The driver makes streams of each entry, then takes the device as a whole. */
static bool add_iommus(struct adding *device)
{
    const struct shim_tree *tree = device->host->sight->tree;
    struct shim_span args;
    struct way way;
    uint32_t iommu;

    if (!find_way(device, &way))
        return false;
    if (way.half)
        shim_walk_depends(device->host);
    if (way.half && device->host->sight->boot->release->leaves_half_behind)
        way.iommu = SHIM_NONE;
    if (way.iommu == SHIM_NONE)
        return true;
    device->smmu = shim_xen_smmu_at(device->host, way.iommu);
    if (!device->smmu || !device->smmu->driven)
        return stopped(device, SHIM_XEN_UNDRIVEN,
                       "it is behind an IOMMU that Xen does not drive, and one that it does");
    for (uint32_t i = 0; shim_xen_reference(tree, device->node, "iommus", "#iommu-cells", i,
                                            &iommu, &args) && iommu == way.iommu; i++)
        if (!add_told(device, iommu, args))
            return false;
    return true;
}

/* ---- a device ----------------------------------------------------------------------------- */

/*
 * The context of all of dom0's devices is the first of each SMMU: arm_smmu_init_domain_context().
 */
static void take_context(struct shim_xen_host *host, const struct shim_xen_smmu *smmu)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t first, number;

    if (smmu->kind == SHIM_XEN_SMMU &&
        shim_first_cell(shim_prop_named(tree, smmu->node, "#global-interrupts"), &first) &&
        shim_xen_interrupt(host, smmu->node, first, &number) &&
        !(host->interrupts[number] & SHIM_INTERRUPT_DOM0S))
        host->interrupts[number] |= SHIM_INTERRUPT_XENS;
}

static bool add(struct adding *device)
{
    struct shim_xen_host *host = device->host;

    if (host->masters && host->masters[device->node] != SHIM_NONE) {
        device->smmu = shim_xen_smmu_at(host, host->masters[device->node]);
        return add_listed(device);
    }
    return !shim_has_known(host->sight->tree, device->node, SHIM_IOMMUS) || add_iommus(device);
}

bool shim_xen_protect(struct shim_xen_host *host, uint32_t node)
{
    struct adding device = { .host = host, .node = node, .dma = SHIM_XEN_OPEN };
    bool added;

    if (!host->iommu)
        return true;
    added = add(&device);
    if (added && device.smmu) {
        take_context(host, device.smmu);
        note(&device, SHIM_XEN_TRANSLATED);
    }
    if (host->dma[node] == SHIM_XEN_OPEN)
        host->dma[node] = (uint8_t)device.dma;
    return added;
}
