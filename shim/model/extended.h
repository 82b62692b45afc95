/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Extended interrupts of a GICv3.1: GIC_ESPI and GIC_EPPI, 2 and 3 in a specifier's first cell.
 * Xen reads everything but 0 there as a private interrupt (gic_irq_xlate(), 4.17 to 4.22; from
 * 4.21 on CONFIG_GICV3_ESPI routes extended SPIs, but does not change how trees are read): with
 * a small number it skips the node, else it gives dom0 another device's interrupt, or none's.
 */
#ifndef DTSHIM_MODEL_EXTENDED_H
#define DTSHIM_MODEL_EXTENDED_H

#include "shim/model/host.h"

enum shim_gic_kind { SHIM_GIC_SPI, SHIM_GIC_PPI, SHIM_GIC_ESPI, SHIM_GIC_EPPI };

/* The first of the node's own that is one; false: none is. */
bool shim_xen_extended(const struct shim_xen_host *host, uint32_t node, struct shim_wire *wire);

#endif
