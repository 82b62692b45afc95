/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_UBOOT_POLICY_H
#define DTSHIM_UBOOT_POLICY_H

#include <dtshim/policy.h>

enum { POLICY_BYTES = 8 << 10 };

/*
 * Lays what the variables dtshim_<property> say over the defaults, with '_' for '-'; or
 * complains and returns false.
 */
bool policy_from_environment(struct shim_policy *policy, struct shim_arena *arena);

/* The variables, what they take, and what they are set to. */
void policy_help(void);

#endif
