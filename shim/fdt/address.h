/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Addresses of devices: the entries of `reg`, `ranges` and `dma-ranges`, and
 * what they are for the CPU; and those of the memory reservation block.
 *
 * Devicetree Specification 0.4, 2.3.6 (reg), 2.3.8 (ranges), 2.3.9 (dma-ranges);
 * PCI buses have 3 and 2 cells whatever they say (IEEE 1275 PCI binding, 2.2.1).
 */
#ifndef DTSHIM_FDT_ADDRESS_H
#define DTSHIM_FDT_ADDRESS_H

#include "shim/base/range.h"
#include "shim/fdt/tree.h"

/* A PCI bus to Linux and Xen: by device_type, or by the name pci or pcie. */
static inline bool shim_is_pci(const struct shim_tree *tree, uint32_t node)
{
    return tree->nodes[node].pci;
}

/* The cells of a bus's children; 3 and 2 for PCI. */
struct shim_cells shim_bus_cells(const struct shim_tree *tree, uint32_t bus);

/* The entries that are left of a property. */
struct shim_entries {
    struct shim_span rest;
    uint32_t child; /* cells of the address; with 3 the first one is PCI's flags */
    uint32_t up;    /* cells of the parent's address; 0 in reg */
    uint32_t size;  /* cells of the size */
};

struct shim_entry {
    uint32_t flags;   /* of a PCI address, else 0 */
    uint64_t address;
    uint64_t up;
    uint64_t size;
};

/*
 * No entries when the property is missing or empty, or when its cells are not
 * those of an address (1 or 2; 3 for PCI).
 */
struct shim_entries shim_reg_entries(const struct shim_tree *tree, uint32_t node);

/* The same for a region of /reserved-memory: its cells may come from the nodes above. */
struct shim_entries shim_region_entries(const struct shim_tree *tree, uint32_t node);
struct shim_entries shim_ranges_entries(const struct shim_tree *tree, uint32_t bus,
                                        enum shim_name property);

/* Takes the next entry; false at the end. Bytes that make no entry are ignored. */
bool shim_next_entry(struct shim_entries *entries, struct shim_entry *entry);

/* Do the numbers of an entry of ranges or dma-ranges fit in the cells? */
bool shim_can_say(const struct shim_entries *cells, const struct shim_entry *entry);

/* The entry `i` of the memory reservation block; it may wrap. */
struct shim_range shim_reserve_at(const struct shim_tree *tree, uint32_t i);

/* The number of reg entries with a size in the whole tree, at most. */
uint32_t shim_most_regs(const struct shim_tree *tree);

/*
 * The first entry of ranges or dma-ranges that has the address; `at` NULL: none has. Narrows what
 * is `below` and `above` the address to what surely goes by the same entry.
 */
struct shim_span shim_entry_with(const struct shim_entries *entries, uint64_t address,
                                 uint64_t *below, uint64_t *above);

/* One step up through the entries; false where none covers the address. */
bool shim_translate(struct shim_entries entries, uint64_t *address);

/*
 * From the addresses of a bus's children to those of the CPU, through every
 * `ranges` on the way: empty is 1:1, missing or not covering is no way (false).
 */
bool shim_bus_to_cpu(const struct shim_tree *tree, uint32_t bus, uint64_t *address);

/*
 * The same by the way that the last address of the bus went, if that is known: addresses
 * `first` to `last` of `bus`, which is SHIM_NONE at first, go by it, too.
 */
struct shim_way_up {
    uint32_t bus;
    uint64_t first, last;
    uint64_t shift; /* from them to those of the CPU */
};
bool shim_go_up(const struct shim_tree *tree, struct shim_way_up *way, uint32_t bus,
                uint64_t *address);

/*
 * A reg entry as the CPU sees it; false when it has no size, sits on PCI, or has
 * no way up. A size that runs past 2^64 is cut there.
 */
bool shim_reg_to_cpu(const struct shim_tree *tree, uint32_t node, const struct shim_entry *entry,
                     struct shim_range *cpu);

/* The next of a node's reg entries that the CPU sees; false: no more. */
bool shim_next_reg(const struct shim_tree *tree, uint32_t node, struct shim_entries *entries,
                   struct shim_range *cpu);

/* The whole pages of all of a node's registers; false: the set is full. */
bool shim_collect_regs(struct shim_ranges *set, const struct shim_tree *tree, uint32_t node);

/* The CPU address of a device's first reg entry, with or without a size. */
bool shim_device_address(const struct shim_tree *tree, uint32_t node, uint64_t *address);

/* `size` bytes at `base`, cut at 2^64 - 4096, and the same widened to whole pages. */
struct shim_range shim_cut_range(uint64_t base, uint64_t size);
struct shim_range shim_whole_pages(struct shim_range range);

#endif
