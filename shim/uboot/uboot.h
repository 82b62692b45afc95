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

/* ---- command.c, for U-Boot -------------------------------------------------------- */

/* What was typed behind "dtshim": 0, 1 different, 2 trouble, or -1: usage. */
int dtshim_command(int argc, char *const argv[]);

/* ---- uboot.c, for the command ----------------------------------------------------- */

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

/* Between them lies a command: uboot_end() takes back all memory but what was kept. */
void uboot_begin(void);
void uboot_end(void);

/*
 * Memory, aligned to 8, or NULL: of U-Boot's heap, or if that is too small, what LMB has
 * free beside the trees that were mapped and the file that was loaded last.
 */
void *uboot_memory(size_t size);

/*
 * The same of the heap only, for what is kept: bootm starts LMB anew, which leaves out the
 * heap, but would put a ramdisk on anything that was taken from it before.
 */
void *uboot_heap(size_t size);

/* What a user types to mean such memory. */
unsigned long uboot_address(const void *memory);

/*
 * Makes a tree of uboot_heap() U-Boot's working tree. It and `beside` (NULL: nothing)
 * are kept, as is what was kept the last time: it may be what this one was made from.
 * What was kept before that is given back.
 */
void uboot_take_tree(void *tree, void *beside);

#endif
