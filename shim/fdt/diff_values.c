// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Values for people: strings as strings, addresses and sizes as the numbers that
 * the cells in force make of them, the ranges in words behind them. What does
 * not fit its cells is shown cell by cell.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "shim/cli/cli.h"
#include "shim/fdt/diff.h"
#include "shim/fdt/address.h"

enum { PCI_ADDRESS = 3, CELLS_MAX = 4 };

/* One entry of a list: cells of a PCI address's flags, of the numbers, of all. */
struct layout {
    uint32_t flags;
    uint32_t address;
    uint32_t up; /* of the parent's address, in ranges */
    uint32_t size;
    size_t len;  /* bytes of an entry; 0: not a list of numbers */
};

struct entry {
    uint32_t flags;
    uint64_t address, up, size;
};

/* ---- which cells are in force ---------------------------------------------------- */

static struct layout layout_in_cells(uint32_t address, uint32_t up, uint32_t size)
{
    uint32_t flags = address == PCI_ADDRESS;

    if (address > CELLS_MAX || up > CELLS_MAX || size > CELLS_MAX)
        return (struct layout){ 0 };
    return (struct layout){ .flags = flags, .address = address - flags, .up = up, .size = size,
                            .len = 4 * ((size_t)address + up + size) };
}

static struct layout region(struct shim_cells cells)
{
    return layout_in_cells(cells.address, 0, cells.size);
}

static struct layout layout_of_ranges(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells own = shim_bus_cells(tree, node);
    uint32_t parent = tree->nodes[node].parent;

    if (parent == SHIM_NONE)
        parent = node;
    return layout_in_cells(own.address, shim_bus_cells(tree, parent).address, own.size);
}

/* Only with cells of its own does /chosen have a static heap (Xen, booting.txt). */
static struct layout layout_of_heap(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells cells = { 0 };

    shim_cell(shim_prop_named(tree, node, "#xen,static-heap-address-cells"), &cells.address);
    shim_cell(shim_prop_named(tree, node, "#xen,static-heap-size-cells"), &cells.size);
    return region(cells);
}

static bool stands_at(const struct shim_tree *tree, uint32_t node, const char *name,
                      const char *parent)
{
    return node != SHIM_ROOT && !strcmp(shim_node_name(tree, node), name) &&
           !strcmp(shim_node_name(tree, tree->nodes[node].parent), parent);
}

/* /chosen/dtshim or its record: all numbers there but one (ipa-bits) are two cells. */
static bool is_own_node(const struct shim_tree *tree, uint32_t node)
{
    if (stands_at(tree, node, "record", "dtshim"))
        node = tree->nodes[node].parent;
    return stands_at(tree, node, "dtshim", "chosen") && tree->nodes[node].depth == 2;
}

static struct layout layout_of_own(size_t len)
{
    return layout_in_cells(len % 8 ? 0 : 2, 0, len % 16 ? 0 : 2);
}

/* By name; `parent` is the node itself for the root, which has no reg anyway. */
static struct layout layout_of(const struct shim_tree *tree, uint32_t node, const char *name)
{
    static const char regions[] = "reg\0alloc-ranges\0linux,usable-memory\0";
    static const char of_the_root[] = "linux,usable-memory-range\0linux,elfcorehdr\0";
    uint32_t parent = node == SHIM_ROOT ? SHIM_ROOT : tree->nodes[node].parent;

    if (shim_matches_one("ranges\0dma-ranges\0", name))
        return layout_of_ranges(tree, node);
    if (!strcmp(name, "dma-offset"))
        return layout_in_cells(shim_cells(tree, SHIM_ROOT).address, 0, 0);
    if (!strcmp(name, "xen,static-heap"))
        return layout_of_heap(tree, node);
    if (shim_matches_one(of_the_root, name))
        return region(shim_cells(tree, SHIM_ROOT));
    if (node != SHIM_ROOT && shim_matches_one(regions, name))
        return region(shim_bus_cells(tree, parent));
    if (shim_matches_one("size\0alignment\0", name) &&
        stands_at(tree, parent, "reserved-memory", ""))
        return layout_in_cells(0, 0, shim_cells(tree, parent).size);
    return layout_in_cells(0, 0, 0);
}

bool value_is_numbers(const struct shim_tree *tree, uint32_t node, const char *name)
{
    return is_own_node(tree, node) || layout_of(tree, node, name).len;
}

/* ---- numbers ----------------------------------------------------------------------- */

static bool read_entry(const struct layout *layout, const uint8_t *at, struct entry *entry)
{
    const uint8_t *address = at + 4 * (size_t)layout->flags;
    const uint8_t *up = address + 4 * (size_t)layout->address;

    entry->flags = layout->flags ? shim_be32(at) : 0;
    return shim_read_cells(address, layout->address, &entry->address) &&
           shim_read_cells(up, layout->up, &entry->up) &&
           shim_read_cells(up + 4 * (size_t)layout->up, layout->size, &entry->size);
}

static bool fits(const struct layout *layout, struct shim_span value)
{
    struct entry entry;

    if (!layout->len || value.len % layout->len)
        return false;
    for (size_t at = 0; at < value.len; at += layout->len)
        if (!read_entry(layout, value.at + at, &entry))
            return false;
    return true;
}

static void print_number(const char **space, uint32_t cells, uint64_t number)
{
    if (!cells)
        return;
    printf("%s0x%llx", *space, SHIM_X(number));
    *space = " ";
}

static void print_entry(const struct layout *layout, const struct entry *entry)
{
    const char *space = "";

    putchar('<');
    print_number(&space, layout->flags, entry->flags);
    print_number(&space, layout->address, entry->address);
    print_number(&space, layout->up, entry->up);
    print_number(&space, layout->size, entry->size);
    putchar('>');
}

/* Has it an end to speak of? A size of 0 and one that leaves 64 bits have not. */
static bool has_words(const struct entry *entry)
{
    return entry->size && entry->address + (entry->size - 1) >= entry->address;
}

static void print_words(const struct layout *layout, const struct entry *entry)
{
    unsigned long long first = SHIM_X(entry->address);

    if (layout->up)
        printf("0x%llx -> 0x%llx, ", first, SHIM_X(entry->up));
    else if (layout->address)
        printf("0x%llx-0x%llx, ", first, first + SHIM_X(entry->size - 1));
    fputs(SHIM_SIZE(entry->size), stdout);
}

static void print_numbers(const struct layout *layout, struct shim_span value)
{
    const char *before = "  (";
    struct entry entry;

    for (size_t at = 0; at < value.len; at += layout->len) {
        read_entry(layout, value.at + at, &entry);
        fputs(at ? ", " : "", stdout);
        print_entry(layout, &entry);
    }
    for (size_t at = 0; at < value.len; at += layout->len) {
        read_entry(layout, value.at + at, &entry);
        if (!has_words(&entry))
            continue;
        fputs(before, stdout);
        print_words(layout, &entry);
        before = "; ";
    }
    fputs(*before == ';' ? ")" : "", stdout);
}

/* ---- strings and cells --------------------------------------------------------------- */

/* Strings: printable, none empty, and the last one ends. */
static bool looks_like_strings(struct shim_span value)
{
    if (!value.len || value.at[value.len - 1])
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] ? !isprint(value.at[i]) : i == 0 || !value.at[i - 1])
            return false;
    return true;
}

static void print_strings(struct shim_span value)
{
    const char *comma = "";

    for (const char *at = shim_list_next(value, NULL); at; at = shim_list_next(value, at)) {
        printf("%s\"%s\"", comma, at);
        comma = ", ";
    }
}

static void print_raw(struct shim_span value)
{
    putchar(value.len % 4 ? '[' : '<');
    for (size_t i = 0; i < value.len; i += value.len % 4 ? 1 : 4) {
        if (value.len % 4)
            printf(i ? " %02x" : "%02x", value.at[i]);
        else
            printf(i ? " 0x%x" : "0x%x", shim_be32(value.at + i));
    }
    putchar(value.len % 4 ? ']' : '>');
}

static struct layout layout_for(const struct shim_tree *tree, uint32_t node, const char *name,
                                struct shim_span value)
{
    struct layout layout = is_own_node(tree, node) && !looks_like_strings(value)
                               ? layout_of_own(value.len)
                               : layout_of(tree, node, name);

    if (!fits(&layout, value))
        layout.len = 0;
    return layout;
}

void value_print(const struct shim_tree *tree, uint32_t node, const char *name,
                 struct shim_span value)
{
    struct layout layout = layout_for(tree, node, name, value);

    if (!value.len)
        return;
    fputs(" = ", stdout);
    if (layout.len)
        print_numbers(&layout, value);
    else if (looks_like_strings(value))
        print_strings(value);
    else
        print_raw(value);
    references_print(tree, node, name, value);
}
