/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What is known of the machine apart from its tree. On the host all of this is empty except what
 * Xen's file gives. "The stage" is the program that dtshim runs in: U-Boot where dtshim is one of
 * its commands.
 */
#ifndef DTSHIM_FACTS_H
#define DTSHIM_FACTS_H

#include <stdbool.h>

#include <dtshim/range.h>

enum shim_module_kind {
    SHIM_MODULE_XEN,
    SHIM_MODULE_TREE,    /* the tree that Xen is given */
    SHIM_MODULE_KERNEL,
    SHIM_MODULE_RAMDISK,
    SHIM_MODULE_OTHER,   /* any other module that Xen is given */
    SHIM_MODULE_DOMAIN_TREE, /* the devices of a xen,domain; dtshim makes it */
};

/* The way into Xen. */
enum shim_xen_entry {
    SHIM_ENTRY_IMAGE, /* through its image header: U-Boot's booti and bootz, and dtshim itself */
    SHIM_ENTRY_UEFI,  /* through its own UEFI stub, started by firmware, GRUB or bootefi */
    SHIM_ENTRIES,
};

enum { SHIM_PAYLOAD_MAX = 4, SHIM_XEN_EXTRA = 24 };

/* A part of a payload without a module node: from a FIT, or the OS that U-Boot boots. */
struct shim_payload_part {
    enum shim_module_kind kind;
    struct shim_range at; /* machine addresses of its bytes */
    bool assumed;         /* its size was not given */
};

struct shim_facts {
    struct shim_range stage; /* its image, stack and memory; size 0 on the host */
    struct shim_range tree;  /* where the input tree is in machine memory */
    uint64_t reach;          /* end of the memory that the stage can write; 0: no limit */
    struct shim_payload_part payload[SHIM_PAYLOAD_MAX];
    uint32_t payload_count;
    const char *payload_source; /* how it got there, as a clause about "it" */
    bool unloaded;           /* the payload is not loaded yet: only sizes count, addresses do not */
    bool kernel_strange;     /* dom0's kernel is in no format that Xen starts */
    uint64_t hypervisor_room; /* image_size of its header: file and bss; 0: not known */
    uint32_t hypervisor_bits; /* 32 or 64, by its header; 0: not known */
    uint32_t xen_release;    /* read from its image: 420 for Xen 4.20; 0: not known */
    char xen_extra[SHIM_XEN_EXTRA]; /* what follows that number: ".4", "-rc1"; "": not known */
    uint64_t kernel_room;    /* the same of dom0's kernel, */
    uint64_t kernel_offset;  /* and its text_offset: how far into 2 MiB it has to be */
    uint64_t kernel_unpacked; /* size once unpacked, where it is compressed (gzip); 0: it is not */
    uint32_t ipa_bits;       /* what the CPU's PARange allows; 0: not known */
    uint32_t kernel_bits;    /* 32 or 64, by the header of dom0's kernel; 0: not known */

    bool el2_tree;           /* next to the tree is another one, for a start at EL2 */
    enum shim_xen_entry entry; /* what a forecast is for */

    /* RAM as the boot loader knows it, for a tree without RAM; count 0: not known. */
    const struct shim_range *ram;
    uint32_t ram_count;
    bool ram_wins;          /* also over what the tree says */
    const char *ram_source; /* where this RAM comes from, in words; NULL: nothing more is known */

    /*
     * RAM in the firmware's memory map, which Xen's UEFI stub uses, in the map's order, and the
     * part of it that was in use when the map was made. Count 0: not known.
     */
    const struct shim_range *firmware, *in_use;
    uint32_t firmware_count, in_use_count;

    /* Finds what shim_next_name() in C finds, with the machine's own instructions; or NULL. */
    const uint8_t *(*next_name)(const uint8_t *at, const uint8_t *past);

    /* Reads a device register; NULL where there is no hardware. False: not readable. */
    bool (*read32)(void *self, uint64_t address, uint32_t *value);
    /* Is this memory, apart from the RAM in the tree? NULL: nothing more is known. */
    bool (*is_memory)(void *self, struct shim_range range);
    void *self;
};

#endif
