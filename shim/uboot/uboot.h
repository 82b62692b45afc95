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

/* ---- boot.c, for U-Boot ----------------------------------------------------------- */

/* The tree of an OS boot, as the OS would get it. False: the boot must not go on. */
bool dtshim_final_tree(void *tree);

/* ---- uboot.c, for the commands ---------------------------------------------------- */

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

/* ---- bootm.c, for boot.c ------------------------------------------------------------ */

enum { UBOOT_LOADABLES = 4 };

struct uboot_file {
    unsigned long address;
    size_t size;
    bool ramdisk; /* else a kernel */
};

/* Of a tree that U-Boot has edited itself: a string property, or NULL; its size. */
const char *uboot_tree_string(const void *tree, const char *path, const char *property);
size_t uboot_tree_size(const void *tree);

/* The OS boot under way: bootm, booti or bootz. */
struct uboot_boot {
    unsigned long os;  /* the entry point of what it boots, */
    size_t os_size;    /* and its size, which booti does not know: 0 */
    struct uboot_file loadables[UBOOT_LOADABLES]; /* kernels and ramdisks of a FIT */
    unsigned loadable_count;
    bool too_many;     /* loadables */
    bool in_steps;     /* what they are, and if they are sound, nobody knows */
    unsigned long own, own_size; /* RAM that U-Boot itself lies in */
    unsigned long tree, tree_size; /* with the room that U-Boot has for it */
};

/* False: `tree` is not the one of such a boot (EFI has its own). */
bool uboot_boot_now(const void *tree, struct uboot_boot *boot);

/* What the boot goes on with. */
void uboot_boot_set_os(unsigned long entry);
void uboot_boot_set_tree(unsigned long address, size_t size);

/* Copies, and writes back `room` bytes at `to` from the caches. */
void uboot_place(unsigned long to, const void *from, size_t size, size_t room);

/*
 * What bootm, booti or bootz take: `os` is ADDRESS, or of a FIT ADDRESS#CONFIGURATION or
 * ADDRESS:IMAGE. uboot_default_os() is where bootm looks; it lasts until the next call.
 */
const char *uboot_default_os(void);

/* Where it lies. False: it names no address. */
bool uboot_os_address(const char *os, unsigned long *address);

/* Does the FIT bring a tree? */
bool uboot_os_has_tree(const char *os);

/* A FIT is a tree, too, as far as its bytes go. False where there is no RAM. */
bool uboot_is_fit(const char *address);

/*
 * How many bytes U-Boot may make a tree longer where it leaves it in place (fdt_high).
 */
enum { UBOOT_TREE_SLACK = 64 << 10 };

/*
 * Runs that command with its final tree through dtshim_final_tree(); `ramdisk` and `tree`
 * may be NULL. Only in the sandbox does it return from what has been booted.
 */
enum uboot_outcome { UBOOT_BOOTED, UBOOT_FAILED, UBOOT_REFUSED, UBOOT_TOO_LONG };
enum uboot_outcome uboot_boot_os(const char *os, const char *ramdisk, const char *tree);

/* Of the CPU: its address bits (0: not known), and whether U-Boot starts an OS at EL2. */
unsigned uboot_address_bits(void);
bool uboot_starts_at_el2(void);

/* A device's register; false where U-Boot has nothing mapped. */
bool uboot_read32(unsigned long long address, unsigned *value);

#endif
