/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The contracts there are. */
#ifndef DTSHIM_JOB_CONTRACTS_H
#define DTSHIM_JOB_CONTRACTS_H

#include "shim/plan/contract.h"

/* By enum shim_contract_id. */
extern const struct shim_contract *const shim_contracts[];

extern const struct shim_contract shim_contract_none; /* the tree stays as it is */

#endif
