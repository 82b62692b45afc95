/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What must be in memory when the hypervisor starts, in Xen's words (docs/misc/arm/device-tree/
 * booting.txt), which contract native reads, too.
 */
#ifndef DTSHIM_XEN_MODULES_H
#define DTSHIM_XEN_MODULES_H

#include "shim/plan/plan.h"

/* The pass. Errors: SHIM_E_PAYLOAD, SHIM_E_VALUE, SHIM_E_MEMORY. */
enum shim_code shim_pass_modules(struct shim_plan *plan, struct shim_error *error);

/* One more; what it occupies follows from its size. Errors: SHIM_E_PAYLOAD. */
enum shim_code shim_add_module(struct shim_plan *plan, struct shim_module module,
                               struct shim_error *error);

/*
 * The command line that Xen takes for itself (boot_fdt_cmdline(), 4.17):
 * xen,xen-bootargs, or else bootargs if dom0's line is elsewhere, in
 * xen,dom0-bootargs or the kernel's module node. NULL: none.
 */
const char *shim_xen_command_line(const struct shim_tree *tree);

/* The command line that dom0's kernel has in its own module node, or NULL. */
const char *shim_kernel_line(const struct shim_tree *tree);

/*
 * Where /chosen says that a part of the payload is: Xen ("dtshim,hypervisor") or
 * dom0's kernel ("multiboot,kernel"), not a domain's. False when it is not there or not valid.
 */
bool shim_find_module(const struct shim_tree *tree, const char *compatible,
                      struct shim_range *at);

/* The memory that Xen needs for a file of that size, by its header or an assumption: with bss. */
uint64_t shim_hypervisor_room(const struct shim_facts *facts, uint64_t file);

/* The largest file for which that room is enough where its header says nothing. */
uint64_t shim_hypervisor_file(uint64_t room);

/*
 * The size that is assumed for a part of a payload where none is given: Debian's kernels and
 * ramdisks are smaller. A board with less than 512 MiB of RAM has no room for generous guesses.
 */
uint64_t shim_assumed_size(enum shim_module_kind kind);
uint64_t shim_assumed_on(const struct shim_board *board, enum shim_module_kind kind);

/*
 * The module nodes below /chosen that Xen reads, its own among them, except those of a
 * xen,domain: the first after `node` (SHIM_NONE: of all); SHIM_NONE: no more. And the place that
 * one gives; false: not a valid one.
 */
uint32_t shim_next_host_module(const struct shim_tree *tree, uint32_t node);
bool shim_module_range(const struct shim_tree *tree, uint32_t node, struct shim_range *at);

/* Is there a module that is dom0's kernel, by its compatible or because Xen would guess so? */
bool shim_names_kernel(const struct shim_tree *tree);

/*
 * The ramdisk that linux,initrd-start and -end name, where a payload is named, too: it is
 * dom0's, unless a module is. Size 0: there is none.
 */
struct shim_range shim_find_ramdisk(const struct shim_tree *tree, const struct shim_facts *facts);

/* Which of the two is not an address, or is missing next to the other one; NULL: none is. */
const char *shim_malformed_initrd(const struct shim_tree *tree, const struct shim_facts *facts);

/*
 * Does Xen's command line turn its IOMMUs off? The words for it, or NULL. Either of the lines in
 * /chosen may be the one that Xen uses.
 */
const char *shim_iommus_off(const struct shim_board *board);

/* The same for a line that only the hypervisor has: under native, bootargs is for dom0's kernel. */
const char *shim_own_line_off(const struct shim_board *board);

#endif
