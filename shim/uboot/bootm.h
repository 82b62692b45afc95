/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The OS boot of bootm, booti and bootz: for the commands, in words of neither, as uboot.h. */
#ifndef DTSHIM_UBOOT_BOOTM_H
#define DTSHIM_UBOOT_BOOTM_H

#include <stdbool.h>
#include <stddef.h>

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
    bool no_list;      /* what the configuration calls loadables is none */
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

/* ---- for the hook in that boot ------------------------------------------------------- */

/* Does uboot_boot_os() wait for it? Says so once. */
bool uboot_boot_is_own(void);

/* The room that U-Boot has for the tree at hand; 0: there is none. */
void uboot_boot_set_room(size_t room);

/*
 * U-Boot forgets what it had of a boot that is refused; and uboot_boot_os(), which has to
 * wait for it, returns.
 */
void uboot_boot_forget(const void *tree);
void uboot_boot_return(void);

#endif
