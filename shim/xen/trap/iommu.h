/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * IOMMUs on the way through stock Xen. Xen gives dom0 those that it has no driver for;
 * dom0's kernel then translates addresses that are bus addresses already: every access
 * faults. Xen hides those that it has a driver for, but before 4.19 it leaves the
 * iommu-map of PCI hosts in place, with dangling references.
 */
#ifndef DTSHIM_XEN_TRAP_IOMMU_H
#define DTSHIM_XEN_TRAP_IOMMU_H

#include "shim/plan/plan.h"
#include "shim/xen/releases.h"

/* How Xen treats IOMMUs, for the survey. */
extern const struct shim_guard shim_xen_guard;

/* The same for the releases that it may be, with this tree's command line. */
struct shim_guard shim_xen_guard_for(const struct shim_releases *releases,
                                     const struct shim_tree *tree);

/* Xen protects dom0 with an IOMMU: its extended regions are then holes, not RAM. */
bool shim_xen_uses_iommu(const struct shim_plan *plan);

#endif
