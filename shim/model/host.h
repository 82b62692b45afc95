/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What Xen takes for itself from the host's tree before it makes dom0's: GIC, timer, console,
 * and their interrupts; and which nodes dom0 is not given.
 */
#ifndef DTSHIM_MODEL_HOST_H
#define DTSHIM_MODEL_HOST_H

#include "shim/model/sight.h"
#include "shim/model/wire.h"

enum {
    SHIM_INTERRUPTS = 1024,  /* NR_IRQS */
    SHIM_SHARED_FROM = 32,   /* those before are private to a CPU: NR_LOCAL_IRQS */
    SHIM_TIMERS = 3,         /* secure, not secure, virtual: those in dom0's tree */
};

enum shim_interrupt {
    SHIM_INTERRUPT_TYPED = 0x10, /* its type is known, in the low bits */
    SHIM_INTERRUPT_XENS = 0x20,  /* Xen's own: no other node may have it */
    SHIM_INTERRUPT_DOM0S = 0x40, /* dom0's: Xen cannot have it any more, and goes on */
};

/* What becomes of a node and all below it. */
enum shim_fate {
    SHIM_FATE_GIVEN,
    SHIM_FATE_KEPT,  /* dom0 does not see it */
    SHIM_FATE_GIC,   /* Xen's own instead */
    SHIM_FATE_TIMER,
};

/* By Xen's drivers; a node may have the compatibles of several, the first one counts. */
enum shim_xen_iommu {
    SHIM_XEN_NO_IOMMU,
    SHIM_XEN_SMMU,    /* of version 1 or 2 */
    SHIM_XEN_SMMU_V3,
    SHIM_XEN_OTHER,   /* that this Xen has a driver for, as given: boot->other_iommus */
};

struct shim_xen_smmu;
struct shim_platform;

struct shim_xen_host {
    const struct shim_sight *sight;
    struct shim_stop *stop;
    uint32_t gic, timer, console; /* nodes; SHIM_NONE: none */
    bool gic_v3;
    bool iommu;                   /* Xen drives one */
    struct shim_xen_smmu *smmus;  /* that it has a driver for, as the tree has them; smmu.h */
    uint32_t smmu_count;
    uint8_t *dma;                 /* enum shim_xen_dma of each node; NULL: there are no SMMUs */
    uint32_t *masters;            /* the SMMU that names a node in its mmu-masters; NULL: none */
    uint32_t dom0_regions;        /* of redistributors, that its CPUs need; GICv3 */
    uint32_t cpus;                /* of dom0 */
    uint32_t timers[SHIM_TIMERS]; /* their interrupts */
    const struct shim_platform *platform;
    bool maps_to_kept;            /* an interrupt-map may lead to an interrupt of Xen's: kept.h */
    uint8_t *interrupts;          /* enum shim_interrupt by number */
};

/* Reads it; if Xen stops there, host->stop is set. Errors: SHIM_E_MEMORY. */
enum shim_code shim_xen_take_host(struct shim_xen_host *host, const struct shim_sight *sight,
                                  struct shim_stop *stop, struct shim_error *error);

enum shim_fate shim_xen_fate(const struct shim_xen_host *host, uint32_t node);

/* An IOMMU that this Xen has a driver for, whether it drives it or not. */
enum shim_xen_iommu shim_xen_iommu_of(const struct shim_sight *sight, uint32_t node);

static inline bool shim_xen_knows_iommu(const struct shim_sight *sight, uint32_t node)
{
    return shim_xen_iommu_of(sight, node) != SHIM_XEN_NO_IOMMU;
}

/*
 * The number of an interrupt of a node (platform_get_irq()); its type is noted. False: it
 * has none, it does not go to the GIC, or it already has another type.
 */
bool shim_xen_interrupt(struct shim_xen_host *host, uint32_t node, uint32_t index,
                        uint32_t *number);

/* The same of a wire that was read. */
bool shim_xen_note_wire(struct shim_xen_host *host, const struct shim_wire *wire,
                        uint32_t *number);

/* The same as the first, and Xen takes it for itself. */
bool shim_xen_take_interrupt(struct shim_xen_host *host, uint32_t node, uint32_t index,
                             uint32_t *number);

/* The interrupts of a frame of a GICv2m; count 0: not known. */
void shim_xen_frame(const struct shim_sight *sight, uint32_t frame, uint32_t *base,
                    uint32_t *count);

/* Notes an interrupt's type; false: it has another one. */
bool shim_xen_set_type(struct shim_xen_host *host, uint32_t number, uint32_t type);

#endif
