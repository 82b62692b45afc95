/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The SMMUs that Xen drives, as far as the tree tells: what they keep from dom0, and which
 * devices they stop Xen with (smmu.c, smmu-v3.c, device_tree.c of xen/drivers/passthrough).
 * Registers that would not do (no second stage, another number of contexts) only the
 * hardware knows; here they do.
 */
#ifndef DTSHIM_MODEL_SMMU_H
#define DTSHIM_MODEL_SMMU_H

#include "shim/model/host.h"

/* What a command line says of IOMMUs: word by word, the last one counts. iommu_words.c */
bool shim_xen_wants_iommus(const char *line);

/* Is it one that Xen drives? */
bool shim_xen_drives(const struct shim_sight *sight, uint32_t node);

/* Takes their interrupts; sets host->iommu where there is one. False: no memory. */
bool shim_xen_take_smmus(struct shim_xen_host *host);

/* iommu_add_dt_device(); false: Xen stops. */
bool shim_xen_protects(struct shim_xen_host *host, uint32_t node);

#endif
