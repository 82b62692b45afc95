/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A pass answers one question about the board. It reads the tree, the policy
 * and the facts, and writes findings and decisions into the plan; it edits
 * nothing and knows neither the contract's words nor the console.
 */
#ifndef DTSHIM_PLAN_PASS_H
#define DTSHIM_PLAN_PASS_H

#include "shim/plan/plan.h"

struct shim_pass {
    const char *name;
    const char *question;
    enum shim_code (*run)(struct shim_plan *plan, struct shim_error *error);
};

/* All passes, in the order in which they run. */
extern const struct shim_pass shim_passes[];
extern const unsigned shim_pass_count;

enum shim_code shim_pass_memory(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_modules(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_iommu(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_dma(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_offset(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_passthrough(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_moves(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_sram(struct shim_plan *plan, struct shim_error *error);
enum shim_code shim_pass_regions(struct shim_plan *plan, struct shim_error *error);

/* The part of the memory pass that only reads: plan->board->ram, reserved and unmapped. */
enum shim_code shim_memory_map(struct shim_plan *plan, struct shim_error *error);

/* The memory pass without a base: RAM, reserved memory, guest addresses, and dom0's size. */
enum shim_code shim_memory_survey(struct shim_plan *plan, struct shim_error *error);

/* Pools of /reserved-memory, placed at run time, that dom0's machine block does not serve. */
uint32_t shim_unserved_pools(const struct shim_plan *plan);

/* Measures the windows against another machine block than before; false: no memory. */
bool shim_dma_measure(struct shim_plan *plan);

/*
 * The command line that Xen takes for itself (boot_fdt_cmdline(), 4.17):
 * xen,xen-bootargs, or else bootargs where dom0's line is said elsewhere, in
 * xen,dom0-bootargs or the kernel's module node. NULL: none.
 */
const char *shim_xen_command_line(const struct shim_tree *tree);

/* Does dom0's kernel have a command line in its own module node? */
bool shim_kernel_has_bootargs(const struct shim_tree *tree);

/*
 * Where /chosen says that a part of the payload is: Xen ("dtshim,hypervisor") or
 * dom0's kernel ("multiboot,kernel"). False when it does not say so soundly.
 */
bool shim_find_module(const struct shim_tree *tree, const char *compatible,
                      struct shim_range *at);

/* Is there a module that is dom0's kernel, by its compatible or because Xen would guess so? */
bool shim_names_kernel(const struct shim_tree *tree);

/*
 * The ramdisk that linux,initrd-start and -end name, where a payload is named, too: it is
 * dom0's, unless a module is. False: there is none.
 */
bool shim_find_ramdisk(const struct shim_plan *plan, struct shim_range *at);

/* U-Boot reserves the ramdisk's place, which is free again once it has been moved. */
bool shim_reserves_ramdisk(const struct shim_plan *plan, struct shim_range entry);

#endif
