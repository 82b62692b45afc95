/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where Xen takes dom0's memory from, step by step: boot allocator, frame table, free lists
 * of the buddy allocator in their order, and allocate_memory_11(). shim/xen/heap.h answers less
 * (can it be anything but this block?) and is for planning; this finds what it will be.
 */
#ifndef DTSHIM_MODEL_MEMORY_H
#define DTSHIM_MODEL_MEMORY_H

#include "shim/model/sight.h"

struct shim_dom0_memory {
    uint64_t size;              /* dom0_mem=, or 512 MiB */
    struct shim_range *banks;   /* ascending, as Xen prints them; Xen's arena */
    uint32_t count;
    /*
     * Xen's own small allocations before dom0 vary by some MiB with its build and the number
     * of CPUs; banks that differ at either end of that are not sure.
     */
    bool sure;
    bool sure_of_memory; /* it is the same in any case, in these banks or in others */
    struct shim_range kernel;   /* in dom0's memory; size 0: no kernel, or not known */
    struct shim_range ramdisk;
    struct shim_range tree;     /* its address; the size is what Xen allocates for it */
    struct shim_range grants;   /* grant table range; size 0: not found */
    struct shim_ranges regions; /* extended regions; count 0: none */
    struct shim_stop stop;
};

/*
 * All of it for dom0; a sight with a stop gives none. `bits` are those of dom0's kernel
 * (32 or 64), `image` is what its header says (shim/xen/image.h fills it in; room 0: not
 * known). Errors: SHIM_E_MEMORY.
 */
struct shim_kernel_image {
    unsigned bits;
    uint64_t room;    /* image_size; 0: not known, then the module's size */
    uint64_t offset;  /* text_offset */
    uint64_t unpacked; /* size once unpacked, if it is compressed (gzip); 0: it is not */
    bool strange;     /* it is not a kernel that Xen starts */
};

enum shim_code shim_xen_dom0_memory(const struct shim_sight *sight,
                                    const struct shim_kernel_image *kernel,
                                    struct shim_dom0_memory *memory, struct shim_error *error);

/* No such Xen maps more RAM than this; with holes or a late start even less. */
uint64_t shim_most_ram(const struct shim_release *release, enum shim_xen_arch arch);

/*
 * Is dom0's memory these ranges, in ascending order? Banks that touch stay apart in Xen's
 * list: together they are one.
 */
bool shim_dom0_has_blocks(const struct shim_dom0_memory *memory, const struct shim_range *blocks,
                          uint32_t count);

#endif
