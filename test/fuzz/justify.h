/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A second opinion on xen-dma-safe, from the bindings and with libfdt alone. */
#ifndef DTSHIM_FUZZ_JUSTIFY_H
#define DTSHIM_FUZZ_JUSTIFY_H

#include "choices.h"

/* What the hypervisor that takes the tree can do. */
struct drivers {
    unsigned oldest;          /* release of Xen that it may be, 20 is Xen 4.20; 0: it is no Xen */
    struct shim_span list;    /* compatibles that it drives, NUL-terminated */
    struct shim_span no_stage2; /* paths or aliases of IOMMUs without a second stage */
    bool smmus_lack_stage2;   /* their registers say so */
};

/* Is every xen-dma-safe of the tree on a device whose streams an IOMMU translates? */
bool justify_tags(const void *tree, const struct drivers *drivers);

/* The same for a domain's tree; what says it is in the board's. */
bool justify_domain(const void *domain, const void *board, const struct drivers *drivers);

#endif
