// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/unpack.h"

#include "shim/model/heap_start.h"

/* What is left of the piece behind the kernel goes back page by page. */
static void give_rest(struct shim_buddies *heap, uint64_t frame, unsigned order, uint64_t bytes)
{
    uint64_t pages = shim_align_up(bytes, SHIM_PAGE) >> SHIM_PAGE_BITS;

    for (; pages < (uint64_t)1 << order; pages++)
        shim_buddies_free(heap, frame + pages, 0, true);
}

/* Its memory, in whole pages; none where something is reserved, which is nobody's practice. */
static void give_module(struct shim_buddies *heap, const struct shim_sight *sight,
                        struct shim_range at)
{
    uint64_t base = shim_align_up(at.base, SHIM_PAGE);
    uint64_t end = shim_align_down(shim_range_end(at), SHIM_PAGE);

    for (uint32_t i = 0; i < sight->reserved.count; i++)
        if (shim_range_overlaps(sight->reserved.at[i].at, at))
            return;
    if (base < end)
        shim_buddies_give(heap, (struct shim_range){ base, end - base },
                          shim_heap_starts_dirty(sight), true);
}

static void stop_at(struct shim_stop *stop, const struct shim_sight *sight, const char *id,
                    const char *why, const char *remedy)
{
    shim_stop(stop, id, shim_sight_module(sight, SHIM_MODULE_KERNEL)->node, why, remedy,
              "Could not set up %s guest OS", sight->boot->release->stops_with_d0 ? "d0" : "DOM0");
}

void shim_probe_kernel(const struct shim_sight *sight, bool strange, struct shim_stop *stop)
{
    if (strange && shim_sight_module(sight, SHIM_MODULE_KERNEL))
        stop_at(stop, sight, "kernel-format", "dom0's kernel is not one that Xen starts",
                "give it an arm64 Image, plain or compressed with gzip");
}

void shim_unpack_kernel(struct shim_buddies *heap, const struct shim_sight *sight,
                        uint64_t unpacked, struct shim_stop *stop)
{
    const struct shim_xen_module *kernel = shim_sight_module(sight, SHIM_MODULE_KERNEL);
    unsigned order = shim_order_for(unpacked);
    uint64_t frame;

    if (!unpacked || !kernel)
        return;
    if (!shim_buddies_take(heap, SHIM_ANY_BITS, order, false, &frame)) {
        stop_at(stop, sight, "unpacking",
                "no piece of free RAM is large enough for the kernel that Xen has to unpack",
                "give Xen an unpacked Image");
        return;
    }
    give_rest(heap, frame, order, unpacked);
    if (!sight->static_heap || !sight->boot->release->keeps_packed)
        give_module(heap, sight, kernel->at);
}
