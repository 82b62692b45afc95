// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/contracts.h"

#include "shim/native/contract.h"
#include "shim/xen/contract.h"

const struct shim_contract *const shim_contracts[] = {
    [SHIM_CONTRACT_XEN] = &shim_contract_xen,
    [SHIM_CONTRACT_NATIVE] = &shim_contract_native,
    [SHIM_CONTRACT_NONE] = &shim_contract_none,
};
