/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The stage as an EFI application: with the firmware's help it gathers tree and payload, puts into
 * the tree what the bare stage needs, plans once to see whether it comes out, and becomes the bare
 * stage. Until boot services end all goes back to the firmware as it was.
 */
#ifndef DTSHIM_STAGE_EFI_FIRMWARE_H
#define DTSHIM_STAGE_EFI_FIRMWARE_H

#include "../stage.h"
#include "efi.h"
#include "prepare.h"
#include "wishes.h"

enum { FIRMWARE_PAGES_MAX = 16, FIRMWARE_OPTIONS_MAX = 4096 };

struct firmware {
    efi_handle image;
    struct efi_system_table *system;
    struct efi_loaded_image *loaded;
    const void *frame;               /* of the stack, for the way back */
    struct stage *stage;
    bool secure;                     /* Secure Boot is on */
    bool has_acpi;                   /* ACPI tables are there */
    bool has_options;
    bool services_end;               /* a try to end boot services has been made */
    struct wishes wishes;
    const char *folder;              /* where the image lies: "\EFI\dtshim\" */
    struct shim_range pages[FIRMWARE_PAGES_MAX]; /* what is to be given back */
    uint32_t page_count;
    struct efi_file *file;           /* what is open, to be closed */
    const uint8_t *tree;             /* as the firmware or a file has it, */
    uint64_t tree_size;              /* and how much can be there */
    const struct shim_tree *source;  /* the same, read; NULL: not yet */
    struct shim_range map;           /* where the memory map is read to */
    uint64_t map_size, map_key, map_entry;
    struct preparation preparation;
    struct shim_range prepared;      /* the tree for the bare stage */
    char options[FIRMWARE_OPTIONS_MAX]; /* the load options; they start as zeros */
};

static inline struct efi_boot_services *services_of(const struct firmware *firmware)
{
    return firmware->system->boot;
}

/* ---- main.c ---- */

extern const struct efi_guid efi_loaded_image_protocol;

/* ---- entry.S ---- */

/* Back to the firmware, from any depth. */
_Noreturn void firmware_return(const void *frame, efi_status status);

/* ---- output.c ---- */

struct shim_sink firmware_sink(struct firmware *firmware);

/* ---- refuse.c ---- */

/* With an error of the code that the status stands for. */
_Noreturn void firmware_refuse(struct firmware *firmware, efi_status status, const char *where,
                               const char *what, const char *remedy);

/* With stage->error: words, what on-error wants, and the way back; for struct stage. */
void firmware_give_up(struct stage *stage) __attribute__((noreturn));

/* ---- pages.c ---- */

/* Of loader data; given back at the end. Errors end here, with words. */
struct shim_range firmware_pages(struct firmware *firmware, uint64_t bytes, const char *what);
void firmware_give_back(struct firmware *firmware);

/* ---- files.c ---- */

/* That of the image; where a boot loader read it itself, that one's; NULL: nobody knows. */
efi_handle firmware_volume(const struct firmware *firmware);

/* Where the image lies. */
void firmware_find_folder(struct firmware *firmware);

/* With `spare` bytes behind it. Size 0: there is none; other errors end here. */
struct shim_range firmware_read_file(struct firmware *firmware, const char *name, uint64_t spare);

/* ---- tree.c ---- */

/* The firmware's own, and what else it offers. */
void firmware_look_for_tree(struct firmware *firmware);

/* That, or a file's where one is wished. */
void firmware_find_tree(struct firmware *firmware);

/* ---- payload.c ---- */

/* By the load options, and by xen.cfg where they and the firmware's tree give no kernel. */
void firmware_find_wishes(struct firmware *firmware);

/* What is wanted, read; and what a boot loader has put into the tree. */
void firmware_find_payload(struct firmware *firmware, const struct shim_tree *tree);

/* ---- map.c ---- */

/* Anew, into the preparation. */
void firmware_read_map(struct firmware *firmware);

#endif
