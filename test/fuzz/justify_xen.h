/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Xen makes of IOMMUs: a second opinion, with libfdt alone. */
#ifndef DTSHIM_FUZZ_JUSTIFY_XEN_H
#define DTSHIM_FUZZ_JUSTIFY_XEN_H

#include "justify.h"

/* Has Xen a driver for it, by the policy? */
bool justify_has_driver(const void *fdt, int node, const struct drivers *drivers);

bool xen_drives(const void *fdt, int iommu, const struct drivers *drivers);

/* All streams of a device that is not behind a PCI host. */
bool xen_translates(const void *fdt, int node, const struct drivers *drivers);

#endif
