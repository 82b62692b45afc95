// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/device.h"

#include "shim/model/bus.h"
#include "shim/model/match.h"
#include "shim/model/smmu.h"
#include "shim/model/walked.h"

enum { PAGE = 4096, NAME_ROOM = 64 };

struct giving {
    struct shim_xen_host *host;
    uint32_t node;
    bool own; /* dom0's, not marked for another domain */
    const struct shim_dom0_memory *memory;
    struct shim_stop *late;
};

bool shim_xen_uses_own(struct shim_xen_host *host, uint32_t node)
{
    return shim_xen_has_own(host, shim_xen_wires(host->sight->tree, node));
}

bool shim_xen_has_own(struct shim_xen_host *host, struct shim_wires wires)
{
    struct shim_wire wire;
    uint32_t number;

    while (shim_xen_has_wire(&wires))
        if (shim_xen_read_wire(&wires, &wire) && shim_xen_note_wire(host, &wire, &number) &&
            number < SHIM_SHARED_FROM)
            return true;
    return false;
}

static void no_line(struct shim_xen_host *host, uint32_t node, uint32_t number, uint32_t lines)
{
    static const char why[] = "its interrupt has a number that this GIC does not have";
    static const char remedy[] = "correct the number, or give the node xen,passthrough";

    if (host->sight->boot->release->invalid_virq)
        shim_stop(host->stop, "interrupt-number", node, why, remedy,
                  "invalid vIRQ number %u for domain d0", number);
    else
        shim_stop(host->stop, "interrupt-number", node, why, remedy,
                  "the vIRQ number %u is too high for domain 0 (max = %u)", number, lines);
}

static bool is_refused(const struct giving *device, uint32_t number)
{
    const struct shim_xen_host *host = device->host;
    uint32_t lines = host->sight->boot->gic_lines;

    return device->own && (host->interrupts[number] & SHIM_INTERRUPT_XENS ||
                           (lines && number >= lines));
}

/* route_irq_to_guest(); false: it does not come to dom0. */
static bool route(struct giving *device, uint32_t number)
{
    struct shim_xen_host *host = device->host;

    if (!device->own)
        return true;
    if (!is_refused(device, number)) {
        host->interrupts[number] |= SHIM_INTERRUPT_DOM0S;
        return true;
    }
    if (host->interrupts[number] & SHIM_INTERRUPT_XENS)
        shim_stop(host->stop, "interrupt", device->node,
                  "it has the interrupt of a device that Xen keeps",
                  "give it xen,passthrough: dom0 then has neither it nor that interrupt",
                  "IRQ %u is already used by Xen", number);
    else
        no_line(host, device->node, number, host->sight->boot->gic_lines);
    return false;
}

static bool cannot_tell(const struct giving *device, uint32_t index)
{
    const struct shim_tree *tree = device->host->sight->tree;
    bool empty = shim_xen_empty_wire(tree, device->node, index);

    shim_stop(device->host->stop, "interrupt-unread", device->node,
              empty ? "an entry of its interrupts-extended is empty" : "Xen cannot read its "
                                                                       "interrupts",
              empty ? "remove the empty entry, and its name from interrupt-names"
                    : "correct its interrupts or those of the nodes that they go through",
              "Unable to retrieve irq %u for %s", index, SHIM_PATH(tree, device->node));
    return false;
}

/* map_device_irqs_to_domain(), handle_device_interrupts() */
static bool give_interrupts(struct giving *device, struct shim_wires wires)
{
    struct shim_xen_host *host = device->host;
    const struct shim_tree *tree = host->sight->tree;
    struct shim_wire wire;
    uint32_t number;

    while (shim_xen_has_wire(&wires)) {
        if (!shim_xen_read_wire(&wires, &wire))
            return cannot_tell(device, wires.next - 1);
        if (wire.controller != host->gic)
            continue;
        if (!shim_xen_note_wire(host, &wire, &number)) {
            shim_stop(host->stop, "interrupt-type", device->node,
                      "another node has another type of the same interrupt",
                      "give both the same flags",
                      "Unable to get irq %u for %s", wires.next - 1, SHIM_PATH(tree, device->node));
            return false;
        }
        if (!route(device, number))
            return false;
    }
    return true;
}

/* The pages that Xen maps: as many as the size has, from the one that the address is in. */
static struct shim_range pages(struct shim_range at)
{
    uint64_t base = shim_align_down(at.base, PAGE);
    uint64_t size = at.size > UINT64_MAX - PAGE ? at.size : shim_align_up(at.size, PAGE);

    return (struct shim_range){ base, size > UINT64_MAX - base ? UINT64_MAX - base : size };
}

#define NO_ADDRESS "no ranges above it cover one of its addresses", \
                   "make the ranges above it cover the address"

static void lies_on(struct giving *device, struct shim_range at, struct shim_range copied,
                    const char *words, const char *whose)
{
    if (copied.size && shim_range_overlaps(at, copied))
        shim_stop(device->late, "device-in-dom0", device->node,
                  "its registers are where Xen puts dom0's kernel, ramdisk or tree",
                  "keep dom0's memory away from them, or give the node xen,passthrough",
                  "%s%s", words,
                  whose);
}

static bool no_address(struct giving *device, struct shim_range at)
{
    const struct shim_sight *sight = device->host->sight;
    const char *path = SHIM_PATH(sight->tree, device->node);
    unsigned long long base = SHIM_X(at.base), end = SHIM_X(at.base + at.size);

    if (sight->boot->release->checks_width)
        shim_stop(device->host->stop, "address", device->node, NO_ADDRESS,
                  "%s: [0x%llx, 0x%llx] exceeds the maximum allowed PA width", path, base, end);
    else
        shim_stop(device->host->stop, "address", device->node, NO_ADDRESS,
                  "Device tree generation failed");
    return false;
}

/* map_range_to_domain() */
static bool give_range(struct giving *device, struct shim_range at)
{
    const struct shim_dom0_memory *memory = device->memory;
    const char *whose = device->host->sight->boot->release->stops_with_d0 ? "d0 memory"
                                                                          : "hwdom memory";

    if (at.size > UINT64_MAX - at.base || at.base == SHIM_XEN_BAD_ADDRESS)
        return no_address(device, at);
    if (!device->own || !at.size)
        return true;
    at = pages(at);
    shim_walk_pages(device->host, at);
    lies_on(device, at, memory->kernel, "Unable to copy the kernel in the ", whose);
    lies_on(device, at, memory->ramdisk, "Unable to copy the initrd in the ", whose);
    lies_on(device, at, memory->tree, "Unable to copy the DTB to", "");
    return true;
}

static bool give_registers(struct giving *device)
{
    struct shim_xen_host *host = device->host;
    const struct shim_tree *tree = host->sight->tree;
    struct shim_xen_addresses all = shim_xen_addresses(tree, device->node);
    struct shim_range at;

    for (uint32_t i = 0; i < all.count; i++) {
        if (!shim_xen_read_address(&all, i, &at)) {
            shim_stop(host->stop, "address", device->node, "no ranges cover its address",
                      "make the ranges above it cover it, or remove the node",
                      "Unable to retrieve address %u for %s", i, SHIM_PATH(tree, device->node));
            return false;
        }
        if (!give_range(device, at))
            return false;
    }
    return true;
}

/* ---- PCI ------------------------------------------------------------------------------ */

static bool wrong_bus(struct giving *device, const char *why)
{
    shim_stop(device->host->stop, "bus", device->node, why,
              "correct the bus's interrupt-map and ranges",
              "Device tree generation failed (-22)");
    return false;
}

/* Xen says the node's name without its address. */
static bool other_type(struct giving *device, uint32_t number)
{
    const char *name = shim_node_name(device->host->sight->tree, device->node);
    char base[NAME_ROOM];
    struct shim_text text = shim_text(base, sizeof(base));

    for (; *name && *name != '@'; name++)
        shim_textf(&text, "%s", (char[]){ *name, 0 });
    shim_stop(device->host->stop, "interrupt", device->node,
              "another node has another type of an interrupt of its interrupt-map",
              "give both the same flags", "%s: Unable to setup IRQ%u to", base, number);
    return false;
}

/* dt_for_each_irq_map() with map_dt_irq_to_domain() */
static bool give_map(struct giving *device)
{
    struct shim_xen_host *host = device->host;
    struct shim_wire_map map = shim_xen_wire_map(host->sight->tree, device->node);
    bool checked = host->sight->boot->release->checks_pci_interrupts;
    struct shim_wire wire;
    uint32_t number, type;

    while (shim_xen_next_wire(&map, &wire)) {
        if (wire.controller != host->gic)
            continue;
        if (!shim_gic_interrupt(&wire, &number, &type) || number < SHIM_SHARED_FROM)
            return wrong_bus(device, "its interrupt-map has an interrupt that no device has");
        if (!shim_xen_set_type(host, number, type))
            return other_type(device, number);
        if (!checked && (host->iommu || is_refused(device, number)))
            shim_walk_depends(host);
        if (checked && !route(device, number))
            return false;
    }
    return map.wrong ? wrong_bus(device, "Xen cannot read its interrupt-map") : true;
}

/* dt_for_each_range() */
static bool give_windows(struct giving *device)
{
    struct shim_xen_windows windows;
    struct shim_range at;

    if (!shim_xen_windows(&windows, device->host->sight->tree, device->node))
        return wrong_bus(device, "Xen cannot read its ranges");
    while (shim_xen_next_window(&windows, &at))
        if (!give_range(device, at))
            return false;
    return true;
}

void shim_xen_give_device(struct shim_xen_host *host, struct shim_wires wires,
                          const struct shim_dom0_memory *memory, struct shim_stop *late)
{
    const struct shim_tree *tree = host->sight->tree;
    uint32_t node = wires.node;
    struct giving device = {
        .host = host, .node = node, .memory = memory, .late = late,
        .own = !shim_passed_through(tree, node),
    };

    if (device.own && !shim_xen_protect(host, node))
        return;
    if (device.own)
        shim_xen_map_host(host, node);
    if (give_interrupts(&device, wires) && give_registers(&device) && shim_xen_type(tree, node, "pci"))
        if (give_map(&device))
            give_windows(&device);
}
