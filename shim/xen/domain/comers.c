// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/domain/comers.h"

#include "shim/base/mem.h"

static const enum shim_pass_id pass = SHIM_PASS_PASSTHROUGH;
const char shim_leave_out[] = "remove it from passthrough, or name other devices";

/*
 * IOMMU, MSI, bandwidth and firewall are the host's; reserved memory and CPUs are not given
 * along.
 */
bool shim_stays_behind(const char *property)
{
    return shim_matches_one("iommus\0iommu-map*\0msi-parent\0msi-map*\0memory-region*\0"
                            "interconnect*\0access-controllers\0affinity\0cpu\0cpus\0"
                            "interrupt-affinity\0cooling-device\0status\0linux,phandle\0"
                            "xen-dma-safe\0xen,*\0", property);
}

bool shim_comes(const struct shim_plan *plan, uint32_t node)
{
    return plan->given->comes[node] & SHIM_COMES;
}

bool shim_comes_as_top(const struct shim_plan *plan, uint32_t node)
{
    return shim_comes(plan, node) && !shim_comes(plan, plan->tree->nodes[node].parent);
}

static void mark(struct shim_gathering *gathering, uint32_t node)
{
    if (!shim_comes(gathering->plan, node))
        gathering->queue[gathering->queued++] = node;
    gathering->plan->given->comes[node] |= SHIM_COMES;
}

void shim_mark_whole(struct shim_gathering *gathering, uint32_t node)
{
    const struct shim_tree *tree = gathering->plan->tree;

    for (uint32_t below = node; below < tree->nodes[node].past; below++)
        if (below == node || shim_comes(gathering->plan, below) ||
            !shim_not_passable_inside(&gathering->passing, below))
            mark(gathering, below);
        else
            below = tree->nodes[below].past - 1;
}

/* Pins and lanes have addresses, too; a device has a compatible, or is on a plain bus. */
static bool is_device(const struct shim_tree *tree, uint32_t node)
{
    uint32_t parent = tree->nodes[node].parent;

    return parent == SHIM_ROOT ||
           (shim_on_bus(tree, node) && (shim_has_known(tree, node, SHIM_COMPATIBLE) ||
                                        shim_compatible(tree, parent, "simple-bus")));
}

uint32_t shim_device_of(const struct shim_plan *plan, uint32_t node)
{
    while (node != SHIM_ROOT && !is_device(plan->tree, node) && !shim_comes_as_top(plan, node))
        node = plan->tree->nodes[node].parent;
    return node;
}

void shim_call(struct shim_gathering *gathering, uint32_t node)
{
    uint32_t top = shim_device_of(gathering->plan, node);

    if (node != top)
        shim_mark_whole(gathering, node);
    for (uint32_t up = node; up != top; up = gathering->plan->tree->nodes[up].parent)
        mark(gathering, up);
    mark(gathering, top);
}

void shim_take_back(struct shim_gathering *gathering, uint32_t first, struct shim_note *last)
{
    while (gathering->queued > first)
        gathering->plan->given->comes[gathering->queue[--gathering->queued]] = 0;
    shim_forget_notes(&gathering->plan->notes, pass, last);
}

__attribute__((noinline))
void shim_note_comer(struct shim_plan *plan, uint32_t node, const char *why,
                       const char *several, const void *shared)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = node, .device = true,
        .what = "goes into the domain", .reason = why,
        .alike = { .kind = SHIM_ALIKE_GIVEN, .shared = shared, .reason = several,
                   .what = several ? "goes into the domain because another one needs "
                                     "it" : NULL } });
}

enum shim_code shim_no_comer(const struct shim_plan *plan, uint32_t node, const char *why,
                             struct shim_error *error)
{
    return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(plan->tree, node), NULL, shim_leave_out,
                     "cannot go into a xen,domain: %s", why);
}
