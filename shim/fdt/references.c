// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/references.h"

#include "shim/base/mem.h"
#include "shim/fdt/id_map.h"

struct shim_reference_kind {
    const char *names; /* see shim_matches_one() */
    char cells[22];    /* in the node referred to: how many arguments follow; or "": none */
    uint8_t args;      /* and so many more */
    uint8_t first;     /* cells in front of the first phandle */
};

static const struct shim_reference_kind kinds[] = {
    { "interrupt-parent\0memory-region\0shmem\0sram\0remote-endpoint\0next-level-cache\0"
      "operating-points-v2\0cpu-idle-states\0interrupt-affinity\0phy-handle\0*-supply\0"
      "wakeup-parent\0extcon\0leds\0backlight\0panel\0"
      "pinctrl-0\0", "", 0, 0 },
    { "clocks\0assigned-clocks\0assigned-clock-parents\0", "#clock-cells", 0, 0 },
    { "interrupts-extended\0", "#interrupt-cells", 0, 0 },
    { "gpio\0gpios\0*-gpios\0*-gpio\0", "#gpio-cells", 0, 0 },
    { "iommus\0", "#iommu-cells", 0, 0 },
    { "iommu-addresses\0", "#address-cells", 0, 0 }, /* see range_cells() */
    { "interconnects\0", "#interconnect-cells", 0, 0 },
    { "power-domains\0", "#power-domain-cells", 0, 0 },
    { "resets\0", "#reset-cells", 0, 0 },
    { "phys\0", "#phy-cells", 0, 0 },
    { "dmas\0", "#dma-cells", 0, 0 },
    { "mboxes\0", "#mbox-cells", 0, 0 },
    { "pwms\0", "#pwm-cells", 0, 0 },
    { "msi-parent\0", "#msi-cells", 0, 0 },
    { "io-channels\0", "#io-channel-cells", 0, 0 },
    { "thermal-sensors\0", "#thermal-sensor-cells", 0, 0 },
    { "cooling-device\0", "#cooling-cells", 0, 0 },
    { "sound-dai\0", "#sound-dai-cells", 0, 0 },
    { "hwlocks\0", "#hwlock-cells", 0, 0 },
    { "mux-controls\0", "#mux-control-cells", 0, 0 },
    { "nvmem-cells\0", "#nvmem-cell-cells", 0, 0 },
    { "mmu-masters\0", "#stream-id-cells", 0, 0 },
    { "gpio-ranges\0", "", 3, 0 },
    { "iommu-map\0", "#iommu-cells", 2, 1 },
    { "msi-map\0", "#msi-cells", 2, 1 },
    { "rockchip,pins\0", "", 3, 3 },
};

/* A hog is its own controller's, so that its gpios are numbers only. */
static bool is_hog(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return (!strcmp(name, "gpio") || !strcmp(name, "gpios")) &&
           shim_prop_named(tree, node, "gpio-hog").at;
}

/* An address and a size behind the device that has them, in the cells of its bus. */
static uint32_t range_cells(const struct shim_tree *tree, uint32_t device)
{
    struct shim_cells cells;

    if (device == SHIM_NONE || device == SHIM_ROOT)
        return 0;
    cells = shim_inherited_cells(tree, tree->nodes[device].parent);
    return cells.address + cells.size;
}

static bool has_ranges(const struct shim_reference_kind *kind)
{
    return !strcmp(kind->cells, "#address-cells");
}

/* Each number is a state of its pins, and a device may have any number of them: all are as 0. */
static const char *first_of(const char *name)
{
    static const char state[] = "pinctrl-";
    const char *number = name + sizeof(state) - 1;

    if (strncmp(name, state, sizeof(state) - 1) || !*number)
        return name;
    while (*number >= '0' && *number <= '9')
        number++;
    return *number ? name : "pinctrl-0";
}

static const struct shim_reference_kind *kind_of(const struct shim_tree *tree, uint32_t node,
                                                 const char *name)
{
    name = first_of(name);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (shim_matches_one(kinds[i].names, name))
            return is_hog(tree, node, name) ? NULL : &kinds[i];
    return NULL;
}

bool shim_refers(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return kind_of(tree, node, name) != NULL;
}

/* Their argument is the phandle of a fifo below the controller (ti,omap-mailbox.yaml). */
static bool counts_in_nodes(const struct shim_tree *tree, uint32_t node)
{
    static const char boxes[] = "ti,omap2-mailbox\0ti,omap3-mailbox\0ti,omap4-mailbox\0"
                                "ti,am654-mailbox\0ti,am64-mailbox\0";

    return shim_compatible_one(tree, node, boxes);
}

/* Cells that the node tells, and more behind them: see id_map.h */
static bool is_map(const struct shim_reference_kind *kind)
{
    return *kind->cells && kind->args;
}

static uint32_t arguments(const struct shim_references *refs, uint32_t node)
{
    uint32_t args = is_map(refs->kind);

    if (*refs->kind->cells && node != SHIM_NONE && !refs->four &&
        !counts_in_nodes(refs->tree, node))
        shim_cell(shim_prop_named(refs->tree, node, refs->kind->cells), &args);
    return args + refs->kind->args;
}

/* How long a row is the whole map says. */
static bool read_map(struct shim_references *refs)
{
    struct shim_id_map map;
    bool whole = shim_read_id_map(&map, refs->tree, refs->kind->cells, refs->value);

    refs->four = map.four;
    return whole;
}

/* A phandle of 0 has no arguments. */
uint32_t shim_next_reference(struct shim_references *refs)
{
    uint32_t node = shim_node_of_phandle(refs->tree, shim_be32(refs->value.at + 4 * refs->next));

    refs->next += (size_t)1 + (has_ranges(refs->kind) ? range_cells(refs->tree, node)
                                                      : arguments(refs, node));
    return node;
}

bool shim_references(struct shim_references *refs, const struct shim_tree *tree, uint32_t node,
                     const char *name, struct shim_span value)
{
    struct shim_references dry;

    *refs = (struct shim_references){ .tree = tree, .kind = kind_of(tree, node, name),
                                      .value = value };
    if (!refs->kind || !value.len || value.len % 4)
        return false;
    if (is_map(refs->kind) && !read_map(refs))
        return false;
    refs->next = refs->kind->first;
    for (dry = *refs; shim_has_reference(&dry);) {
        uint32_t phandle = shim_be32(value.at + 4 * dry.next);

        if (shim_next_reference(&dry) == SHIM_NONE && phandle)
            return false;
    }
    return true;
}
