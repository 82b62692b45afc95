// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/native/inbound.h"

/*
 * PCI hosts with Linux drivers that use what the firmware has set up, and program no inbound
 * windows from their dma-ranges: pci_host_common_probe() of drivers/pci/controller and its
 * callers (6.1 to 7.2: pci-host-generic, pci-thunder-ecam, pci-thunder-pem, dwc/pcie-hisi).
 * Juno's first two names are its binding's (pci/host-generic-pci.yaml), no driver has them.
 */
static const char firmware_hosts[] =
    "pci-host-cam-generic\0pci-host-ecam-generic\0marvell,armada8k-pcie-ecam\0"
    "socionext,synquacer-pcie-ecam\0snps,dw-pcie-ecam\0cavium,pci-host-thunder-ecam\0"
    "cavium,pci-host-thunder-pem\0hisilicon,hip06-pcie-ecam\0hisilicon,hip07-pcie-ecam\0"
    "arm,juno-r1-pcie\0plda,xpressrich3-axi\0";

bool shim_says_itself(const struct shim_tree *tree, uint32_t node)
{
    return shim_is_pci(tree, node) && shim_prop(tree, node, SHIM_DMA_RANGES).len;
}

static bool leaves_inbound(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);
    const char *at = shim_list_next(list, NULL);

    if (!at)
        return false;
    for (; at; at = shim_list_next(list, at))
        if (!shim_matches_one(firmware_hosts, at))
            return false;
    return true;
}

/*
 * In doubt it does, under any of the host's names: it would send the devices' DMA to wherever
 * a guest address leads.
 */
bool shim_programs_inbound(const struct shim_tree *tree, uint32_t node)
{
    return shim_says_itself(tree, node) && !leaves_inbound(tree, node);
}
