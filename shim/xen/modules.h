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
 * xen,xen-bootargs, or else bootargs where dom0's line is said elsewhere, in
 * xen,dom0-bootargs or the kernel's module node. NULL: none.
 */
const char *shim_xen_command_line(const struct shim_tree *tree);

/* The command line that dom0's kernel has in its own module node, or NULL. */
const char *shim_kernel_line(const struct shim_tree *tree);

/*
 * Where /chosen says that a part of the payload is: Xen ("dtshim,hypervisor") or
 * dom0's kernel ("multiboot,kernel"), not a domain's. False when it does not say so soundly.
 */
bool shim_find_module(const struct shim_tree *tree, const char *compatible,
                      struct shim_range *at);

/* The memory that Xen needs of a file of that size, by its header or an assumption: with bss. */
uint64_t shim_hypervisor_room(const struct shim_facts *facts, uint64_t file);

/* The largest file for which that room is enough where its header says nothing. */
uint64_t shim_hypervisor_file(uint64_t room);

/*
 * What a part of a payload is taken to have where nobody says: Debian's kernels and ramdisks
 * have less. On a board with less than 512 MiB of RAM there is no room to be generous.
 */
uint64_t shim_assumed_size(enum shim_module_kind kind);
uint64_t shim_assumed_on(const struct shim_board *board, enum shim_module_kind kind);

/*
 * The module nodes below /chosen that Xen reads, its own among them, but those of a xen,domain:
 * the first behind `node` (SHIM_NONE: of all); SHIM_NONE: no more. And where one says that it
 * lies; false: not soundly.
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

/* Which of the two is no address, or is missing beside the other one; NULL: none is. */
const char *shim_malformed_initrd(const struct shim_tree *tree, const struct shim_facts *facts);

/*
 * Does Xen's command line switch its IOMMUs off? The words for it, or NULL. Either of the lines of
 * /chosen may be the one that Xen takes.
 */
const char *shim_iommus_off(const struct shim_board *board);

/* The same of the line that is the hypervisor's alone: under native, bootargs is dom0's kernel's. */
const char *shim_own_line_off(const struct shim_board *board);

#endif
