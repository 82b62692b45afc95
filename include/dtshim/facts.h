/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What only the machine at hand knows, beside what its tree says. On the host all of this is
 * empty but what is told of Xen's file. "The stage" is the program that dtshim runs in, U-Boot if
 * it is a command of it.
 */
#ifndef DTSHIM_FACTS_H
#define DTSHIM_FACTS_H

#include <stdbool.h>

#include <dtshim/range.h>

enum shim_module_kind {
    SHIM_MODULE_XEN,
    SHIM_MODULE_TREE,    /* the tree that is handed to Xen */
    SHIM_MODULE_KERNEL,
    SHIM_MODULE_RAMDISK,
    SHIM_MODULE_OTHER,   /* any other module that Xen is given */
    SHIM_MODULE_DOMAIN_TREE, /* the devices of a xen,domain; dtshim makes it */
};

/* The way into Xen. */
enum shim_xen_entry {
    SHIM_ENTRY_IMAGE, /* by its image's header: U-Boot's booti and bootz, and dtshim itself */
    SHIM_ENTRY_UEFI,  /* by its own UEFI stub, which firmware, GRUB or bootefi start */
    SHIM_ENTRIES,
};

enum { SHIM_PAYLOAD_MAX = 4, SHIM_XEN_EXTRA = 24 };

/* A part of a payload that no module node names: of a FIT, or the OS that U-Boot boots. */
struct shim_payload_part {
    enum shim_module_kind kind;
    struct shim_range at; /* machine addresses of its bytes */
    bool assumed;         /* nobody has said its size */
};

struct shim_facts {
    struct shim_range stage; /* its image, stack and memory; size 0 on the host */
    struct shim_range tree;  /* where the input tree lies in machine memory */
    uint64_t reach;          /* where memory ends that the stage can write; 0: nowhere */
    struct shim_payload_part payload[SHIM_PAYLOAD_MAX];
    uint32_t payload_count;
    const char *payload_source; /* how it came there, a sentence about "it" */
    bool unloaded;           /* the payload is not there yet: of all addresses only sizes count */
    bool kernel_strange;     /* the bytes of dom0's kernel are none that Xen starts */
    uint64_t hypervisor_room; /* image_size of its header: file and bss; 0: not known */
    uint32_t hypervisor_bits; /* 32 or 64, by its header; 0: not known */
    uint32_t xen_release;    /* by its bytes: 420 for Xen 4.20; 0: not known */
    char xen_extra[SHIM_XEN_EXTRA]; /* what it says behind that: ".4", "-rc1"; "": not known */
    uint64_t kernel_room;    /* the same of dom0's kernel, */
    uint64_t kernel_offset;  /* and its text_offset: how far into 2 MiB it has to lie */
    uint64_t kernel_unpacked; /* it is packed (gzip), and has so many bytes then; 0: it is not */
    uint32_t ipa_bits;       /* what the CPU's PARange allows; 0: not known */
    uint32_t kernel_bits;    /* 32 or 64, by the header of dom0's kernel; 0: not known */

    bool el2_tree;           /* beside the tree is another one, for starting at EL2 */
    enum shim_xen_entry entry; /* that a forecast is for */

    /* RAM as the boot loader knows it, for a tree that does not say; count 0: not known. */
    const struct shim_range *ram;
    uint32_t ram_count;
    bool ram_wins;          /* over what the tree says, too */
    const char *ram_source; /* why RAM is taken to be as it is; NULL: nothing more is known */

    /*
     * RAM by the firmware's memory map, which Xen's UEFI stub takes, in its order, and what of it
     * somebody had when the map was made. Count 0: it is not known.
     */
    const struct shim_range *firmware, *in_use;
    uint32_t firmware_count, in_use_count;

    /* Reads a device register; NULL where there is no hardware. False: not readable. */
    bool (*read32)(void *self, uint64_t address, uint32_t *value);
    /* Is there memory, beside what the tree says is RAM? NULL: nobody knows more. */
    bool (*is_memory)(void *self, struct shim_range range);
    void *self;
};

#endif
