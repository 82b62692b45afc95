/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Dom0's memory: how much, at which guest address, and what follows from that. */
#ifndef DTSHIM_PLAN_MEMORY_H
#define DTSHIM_PLAN_MEMORY_H

#include "shim/plan/plan.h"

/* 32 if the tree is for cores that run nothing else, or else 64. */
uint32_t shim_core_bits(const struct shim_tree *tree);

/* Those of dom0's kernel: by the policy, by its header, or by the cores. */
uint32_t shim_kernel_bits(const struct shim_tree *tree, const struct shim_policy *policy,
                          const struct shim_facts *facts);

/* RAM in words; how many bits dom0's kernel has, and where guest addresses end. */
void shim_begin_memory(struct shim_plan *plan);

/*
 * What dom0 gets by default: half of RAM as a power of two, at least 64 MiB and at most
 * 512 MiB. That leaves Xen enough room, with Debian's kernel and ramdisk.
 */
uint64_t shim_default_size(const struct shim_board *board);

/* Why, in words. */
const char *shim_default_reason(const struct shim_board *board);

/* Dom0 gets this much. */
void shim_take_size(struct shim_plan *plan, uint64_t size, const char *reason);

/* Dom0's memory starts at this guest address. Errors: SHIM_E_BASE. */
enum shim_code shim_take_base(struct shim_plan *plan, uint64_t base, const char *reason,
                              struct shim_error *error);

/* Pools of /reserved-memory, placed at run time, that do not fit dom0's machine block. */
uint32_t shim_unserved_pools(const struct shim_plan *plan);
void shim_note_pools(struct shim_plan *plan);

#endif
