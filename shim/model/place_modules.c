// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* kernel_zimage_place() and place_modules() of kernel.c. */
#include "shim/model/pages.h"
#include "shim/model/placing.h"

#define BLOCK (2 * SHIM_MIB)
#define MIDDLE (128 * SHIM_MIB) /* tree and ramdisk come here if they can */
#define LEAST_ASSUMED (4 * SHIM_MIB)

/* A 32-bit kernel is as high as it may be below 128 MiB, and below the tree. */
static uint64_t kernel_base(struct shim_range bank, unsigned bits, uint64_t offset, uint64_t size)
{
    uint64_t room = bank.size < MIDDLE ? bank.size : MIDDLE;

    if (bits == 64)
        return bank.base + offset;
    return shim_align_down(bank.base + room - size, BLOCK);
}

/* Where tree and ramdisk start, which take this many bytes together; 0: nowhere. */
static uint64_t rest_base(struct shim_range bank, struct shim_range kernel, uint64_t size)
{
    uint64_t end = shim_range_end(bank), middle = bank.base + MIDDLE;

    if (end >= middle + size && shim_range_end(kernel) < middle)
        return middle;
    if (end - size > shim_align_up(shim_range_end(kernel), BLOCK))
        return end - size;
    return kernel.base - bank.base > size ? kernel.base - size : 0;
}

/* One that is only assumed may be smaller: it is halved so many times. */
static uint64_t size_of(const struct shim_sight *sight, enum shim_module_kind kind, unsigned halved)
{
    const struct shim_xen_module *module = shim_sight_module(sight, kind);
    uint64_t size = module ? module->at.size : 0;

    for (; halved && module && module->assumed && size > LEAST_ASSUMED; halved--)
        size /= 2;
    return size;
}

static bool may_be_smaller(const struct shim_sight *sight, unsigned halved)
{
    return size_of(sight, SHIM_MODULE_KERNEL, halved + 1) != size_of(sight, SHIM_MODULE_KERNEL, halved) ||
           size_of(sight, SHIM_MODULE_RAMDISK, halved + 1) != size_of(sight, SHIM_MODULE_RAMDISK, halved);
}

static void no_room(struct shim_dom0_memory *memory, const char *words)
{
    memory->kernel.size = 0;
    shim_stop(&memory->stop, "first-bank-room", SHIM_NONE,
              "kernel, tree and ramdisk do not fit in dom0's first bank",
              "give dom0 more memory in one piece, or use a smaller ramdisk", "%s", words);
}

static void place(const struct shim_sight *sight, const struct shim_kernel_image *kernel,
                  unsigned bits, unsigned halved, struct shim_dom0_memory *memory)
{
    struct shim_range bank = memory->banks[0];
    uint64_t ramdisk = size_of(sight, SHIM_MODULE_RAMDISK, halved);
    uint64_t tree = sight->tree->total + sight->boot->release->dom0_tree_more;
    uint64_t rest = shim_align_up(ramdisk, BLOCK) + shim_align_up(tree, BLOCK), base;

    memory->kernel.size = size_of(sight, SHIM_MODULE_KERNEL, halved);
    if (memory->kernel.size && kernel->unpacked)
        memory->kernel.size = kernel->unpacked;
    if (!memory->kernel.size)
        return;
    memory->kernel.base = kernel_base(bank, bits, kernel->offset, memory->kernel.size);
    if (rest + shim_align_up(shim_range_end(memory->kernel), BLOCK) - memory->kernel.base >
        bank.size) {
        no_room(memory, "Not enough memory in the first bank for the kernel+dtb+initrd");
        return;
    }
    base = rest_base(bank, memory->kernel, rest);
    if (!base) {
        no_room(memory, "Unable to find suitable location for dtb+initrd");
        return;
    }
    memory->tree = (struct shim_range){ base, tree };
    memory->ramdisk = (struct shim_range){ base + shim_align_up(tree, BLOCK), ramdisk };
}

void shim_dom0_place(const struct shim_sight *sight, const struct shim_kernel_image *kernel,
                     unsigned bits, struct shim_dom0_memory *memory)
{
    bool maybe = memory->stop.maybe;
    unsigned halved = 0;

    place(sight, kernel, bits, halved, memory);
    while (shim_stops(&memory->stop) && may_be_smaller(sight, halved)) {
        memory->stop = (struct shim_stop){ .maybe = maybe };
        place(sight, kernel, bits, ++halved, memory);
    }
}
