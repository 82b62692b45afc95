// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/pass.h"

const struct shim_pass shim_passes[] = {
    { "memory", "where is RAM, and which of it becomes dom0's?", shim_pass_memory },
    { "modules", "what must be in memory when Xen starts?", shim_pass_modules },
    { "iommu", "whose DMA does a driven IOMMU translate?", shim_pass_iommu },
    { "dma", "which addresses does each device reach?", shim_pass_dma },
    { "offset", "how does a stock kernel learn the offset?", shim_pass_offset },
    { "passthrough", "which devices go into a xen,domain?", shim_pass_passthrough },
    { "moves", "which guest addresses does reserved RAM have?", shim_pass_moves },
    { "sram", "how may the hypervisor map on-chip memory?", shim_pass_sram },
    { "regions", "which guest addresses are nobody's?", shim_pass_regions },
};
const unsigned shim_pass_count = sizeof(shim_passes) / sizeof(shim_passes[0]);
