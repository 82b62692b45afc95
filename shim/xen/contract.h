/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Stock Xen 4.17 and later. */
#ifndef DTSHIM_XEN_CONTRACT_H
#define DTSHIM_XEN_CONTRACT_H

#include "shim/plan/contract.h"

extern const struct shim_contract shim_contract_xen;

#endif
