/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A hypervisor that takes dom0's tree as it comes. */
#ifndef DTSHIM_NATIVE_CONTRACT_H
#define DTSHIM_NATIVE_CONTRACT_H

#include "shim/plan/contract.h"

extern const struct shim_contract shim_contract_native;

#endif
