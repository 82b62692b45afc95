// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/fdt/diff_cells.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"

enum { PCI_ADDRESS = 3, CELLS_MAX = 4, CELLS_NAME = 64 };

static struct shim_entry_cells entry_in_cells(uint32_t address, uint32_t up, uint32_t size)
{
    uint32_t flags = address == PCI_ADDRESS;

    if (address > CELLS_MAX || up > CELLS_MAX || size > CELLS_MAX)
        return (struct shim_entry_cells){ 0 };
    return (struct shim_entry_cells){ .flags = flags, .address = address - flags, .up = up,
                                .size = size, .len = 4 * ((size_t)address + up + size) };
}

static struct shim_entry_cells region(struct shim_cells cells)
{
    return entry_in_cells(cells.address, 0, cells.size);
}

static struct shim_entry_cells entry_of_ranges(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells own = shim_bus_cells(tree, node);
    uint32_t parent = tree->nodes[node].parent;

    if (parent == SHIM_NONE)
        parent = node;
    return entry_in_cells(own.address, shim_bus_cells(tree, parent).address, own.size);
}

static void cell_beside(const struct shim_tree *tree, uint32_t node, const char *name,
                        const char *which, uint32_t *cell)
{
    char beside[CELLS_NAME];
    struct shim_text text = shim_text(beside, sizeof(beside));

    shim_textf(&text, "#%s%s", name, which);
    shim_cell(shim_prop_named(tree, node, beside), cell);
}

/* Only with cells of its own is it read as numbers. */
static struct shim_entry_cells entry_beside(const struct shim_tree *tree, uint32_t node,
                                            const char *name)
{
    struct shim_cells cells = { 0 };

    cell_beside(tree, node, name, "-address-cells", &cells.address);
    cell_beside(tree, node, name, "-size-cells", &cells.size);
    return region(cells);
}

/* From its own name up to the root, which has none. */
static bool stands_at(const struct shim_tree *tree, uint32_t node, const char *path)
{
    size_t left = strlen(path);

    for (; node != SHIM_ROOT; node = tree->nodes[node].parent) {
        const char *name = shim_node_name(tree, node);
        size_t len = strlen(name);

        if (left <= len || path[left - len - 1] != '/' || memcmp(path + left - len, name, len) != 0)
            return false;
        left -= len + 1;
    }
    return !left;
}

bool shim_is_wide(const struct shim_tree *tree, const struct shim_diff_words *words, uint32_t node)
{
    for (const char *path = words->wide; *path; path += strlen(path) + 1)
        if (stands_at(tree, node, path))
            return true;
    return false;
}

struct shim_entry_cells shim_wide_cells(const struct shim_diff_words *words, const char *name,
                                        size_t len)
{
    if (shim_matches_one(words->moved, name))
        return entry_in_cells(2, 2, 2);
    return entry_in_cells(len % 8 ? 0 : 2, 0, len % 16 ? 0 : 2);
}

/* By name; `parent` is the node itself for the root, which has no reg anyway. */
struct shim_entry_cells shim_entry_cells(const struct shim_tree *tree,
                                         const struct shim_diff_words *words, uint32_t node,
                                         const char *name)
{
    static const char regions[] = "reg\0alloc-ranges\0linux,usable-memory\0";
    static const char of_the_root[] = "linux,usable-memory-range\0linux,elfcorehdr\0";
    uint32_t parent = node == SHIM_ROOT ? SHIM_ROOT : tree->nodes[node].parent;

    if (shim_matches_one("ranges\0dma-ranges\0", name))
        return entry_of_ranges(tree, node);
    if (!strcmp(name, "dma-offset"))
        return entry_in_cells(shim_cells(tree, SHIM_ROOT).address, 0, 0);
    if (shim_matches_one(words->beside, name))
        return entry_beside(tree, node, name);
    if (shim_matches_one(of_the_root, name))
        return region(shim_cells(tree, SHIM_ROOT));
    if (node != SHIM_ROOT && shim_matches_one(regions, name))
        return region(shim_bus_cells(tree, parent));
    if (shim_matches_one("size\0alignment\0", name) && stands_at(tree, parent, "/reserved-memory"))
        return entry_in_cells(0, 0, shim_cells(tree, parent).size);
    return entry_in_cells(0, 0, 0);
}

bool shim_holds_numbers(const struct shim_tree *tree, const struct shim_diff_words *words,
                        uint32_t node, const char *name)
{
    return shim_is_wide(tree, words, node) || shim_entry_cells(tree, words, node, name).len;
}
