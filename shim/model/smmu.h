/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The IOMMUs that Xen drives, as far as the tree shows: what they keep from dom0, which DMA
 * they translate, and which devices make Xen stop (smmu.c, smmu-v3.c, device_tree.c of
 * xen/drivers/passthrough, 4.17 to 4.22). Only the hardware knows registers that would
 * not do (no second stage, another number of contexts); here they do. streams.c: devices.
 */
#ifndef DTSHIM_MODEL_SMMU_H
#define DTSHIM_MODEL_SMMU_H

#include "shim/model/host.h"

/* What happens to a node's DMA, or why an IOMMU is not driven. */
enum shim_xen_dma {
    SHIM_XEN_OPEN,          /* Xen does not put it behind an IOMMU; an IOMMU: it is driven */
    SHIM_XEN_TRANSLATED,    /* all streams in the tree are translated */
    /* an IOMMU that Xen has a driver for, and does not drive */
    SHIM_XEN_NO_GLOBALS,
    SHIM_XEN_NO_CONTEXTS,
    SHIM_XEN_OTHER_KIND,
    SHIM_XEN_NO_IOMMUS,     /* the root: Xen sets up none, and stops */
    /* a device: not all of its streams are translated */
    SHIM_XEN_UNDRIVEN,
    SHIM_XEN_SEVERAL,
    SHIM_XEN_DISABLED,
    SHIM_XEN_UNREAD,
    SHIM_XEN_NO_STREAM,
    SHIM_XEN_MORE_CELLS,
    SHIM_XEN_WIDE_STREAM,
    SHIM_XEN_MASKED,
    SHIM_XEN_WIDE_MASK,
    SHIM_XEN_MANY_STREAMS,
    SHIM_XEN_BOTH_LISTS,
    SHIM_XEN_MEETS,
    SHIM_XEN_NO_HOST,
    SHIM_XEN_UNMAPPED,
};

/* Streams of a device that an SMMU of version 1 or 2 has room for: MAX_MASTER_STREAMIDS. */
enum { SHIM_XEN_STREAMS_MAX = 16 };

/* A stream as it is programmed into an SMMU of version 1 or 2. */
struct shim_xen_stream {
    struct shim_xen_stream *next;
    uint16_t id, mask;
};

/* One that this Xen has a driver for. */
struct shim_xen_smmu {
    uint32_t node;
    uint8_t kind;   /* enum shim_xen_iommu */
    bool driven;
    struct shim_xen_stream *streams, **last;
};

/* Does a command line leave IOMMUs on? Word by word, the last one counts. iommu_words.c */
bool shim_xen_wants_iommus(const char *line);

/*
 * Takes their interrupts; sets host->iommu if one is driven, and host->dma. If Xen stops,
 * host->stop is set. False: no memory.
 */
bool shim_xen_take_smmus(struct shim_xen_host *host);

/* Does Xen drive one? Then its extended regions differ. False: no memory. */
bool shim_xen_drives_any(const struct shim_sight *sight, bool *any);

/* Of those that this Xen has a driver for; NULL: none of them. */
struct shim_xen_smmu *shim_xen_smmu_at(const struct shim_xen_host *host, uint32_t node);

/*
 * iommu_add_dt_device() and iommu_assign_dt_device(), in the order of devices; host->dma
 * has the result. False: Xen stops, or there is no memory (arena->full).
 */
bool shim_xen_protect(struct shim_xen_host *host, uint32_t node);

/* The same for devices behind a PCI host with iommu-map; nothing stops Xen there. maps.c */
void shim_xen_map_host(struct shim_xen_host *host, uint32_t node);

#endif
