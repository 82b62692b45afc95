/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* PCI hosts with dma-ranges that go into the hardware as they are. */
#ifndef DTSHIM_NATIVE_INBOUND_H
#define DTSHIM_NATIVE_INBOUND_H

#include "shim/fdt/address.h"

/* A PCI host's own dma-ranges come before those of any parent. */
bool shim_says_itself(const struct shim_tree *tree, uint32_t node);

/* May the host's driver program inbound windows from them? Then they are machine addresses. */
bool shim_programs_inbound(const struct shim_tree *tree, uint32_t node);

#endif
