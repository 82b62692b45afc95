/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* RAM that the policy gives, and devices of the tree in it. */
#ifndef DTSHIM_PLAN_TOLD_RAM_H
#define DTSHIM_PLAN_TOLD_RAM_H

#include "shim/plan/plan.h"

/*
 * Refuses RAM of the policy that has the registers of what a hypervisor itself drives. RAM of the tree's
 * own memory nodes is not looked at: on real boards (Raspberry Pi 3) it has such registers.
 * Errors: SHIM_E_POLICY.
 */
enum shim_code shim_check_told_ram(const struct shim_plan *plan, struct shim_error *error);

#endif
