/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the command needs of U-Boot, in words of neither: U-Boot has its own
 * uint64_t, which is not the compiler's, so no file includes headers of both.
 * Addresses are U-Boot's, as users type them; in the sandbox they are no pointers.
 */
#ifndef DTSHIM_UBOOT_H
#define DTSHIM_UBOOT_H

#include <stdbool.h>
#include <stddef.h>

void uboot_put(const char *text);

/* NULL: not set. */
const char *uboot_env(const char *name);

/* `value` NULL: no longer set. False: U-Boot refused. */
bool uboot_env_set(const char *name, const char *value);
bool uboot_env_set_hex(const char *name, unsigned long long value);

/*
 * Calls `each` with every variable whose name starts with `prefix`, until it returns false.
 * `value` lasts for the call only. False: `each` said so, or the environment cannot be read.
 */
bool uboot_env_each(const char *prefix, bool (*each)(void *self, const char *name,
                                                     const char *value), void *self);

/* A number as U-Boot writes it, hexadecimal with or without 0x; all of `text`. */
bool uboot_number(const char *text, unsigned long *number);

/*
 * The bytes at an address: `room` of them can be read. NULL: there is no RAM at
 * `address`, nor the control tree.
 */
const void *uboot_map(unsigned long address, size_t *room);

/* How much RAM there is from an address on that U-Boot can address. */
size_t uboot_room(unsigned long long address);

/* What lies there, whatever it is. */
const void *uboot_at(unsigned long address);

/*
 * Between them lies one job: uboot_end() gives back all memory but what was kept. In a
 * boot all memory is of the heap: what LMB calls free may hold what was loaded.
 */
void uboot_begin(void);
void uboot_begin_boot(void);
void uboot_end(void);

/*
 * Memory, aligned to 8, or NULL: of U-Boot's heap, or if that is too small, what LMB has
 * free beside the trees that were mapped and the file that was loaded last.
 */
void *uboot_memory(size_t size);

/*
 * The same of the heap only, for what is kept: LMB leaves out the heap in all releases,
 * while what was taken from LMB itself 2023.01's bootm would put a ramdisk on.
 */
void *uboot_heap(size_t size);

/* What a user types to mean such memory. */
unsigned long uboot_address(const void *memory);

/*
 * Keeps a tree of uboot_heap() and `beside` (NULL: nothing), as is what was kept the last
 * time: it may be what this one was made from. What was kept before that is given back;
 * a boot and a command do not give back each other's.
 */
void uboot_keep_tree(void *tree, void *beside);

/* Makes the tree at `address` U-Boot's working tree (fdt addr). */
void uboot_work_on(unsigned long address);

/* There is no working tree. */
void uboot_work_on_none(void);

#endif
