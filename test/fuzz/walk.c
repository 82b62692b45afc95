// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The checked walk, and then everything that reads what it accepted. */
#include <string.h>

#include "fuzz.h"
#include "shim/board/dma_parent.h"
#include "shim/fdt/interrupt.h"
#include "shim/fdt/references.h"

const bool fuzz_two_trees = false;

static volatile unsigned long long seen; /* so that no read is left out */

static void read_bytes(struct shim_span value)
{
    for (size_t i = 0; i < value.len; i++)
        seen += value.at[i];
}

static void read_value(const struct shim_tree *tree, struct shim_span value)
{
    const char *string = shim_string(value);
    uint32_t cell;

    read_bytes(value);
    if (string) {
        seen += strlen(string) + shim_first_word(string).len;
        seen += shim_node_by_path(tree, string, strlen(string));
    }
    if (shim_cell(value, &cell))
        seen += shim_node_of_phandle(tree, cell);
    for (const char *at = shim_list_next(value, NULL); at; at = shim_list_next(value, at))
        seen += strlen(at) + shim_list_has(value, at);
}

static void read_references(const struct shim_tree *tree, uint32_t node, const char *name,
                            struct shim_span value)
{
    struct shim_references refs;

    if (!shim_references(&refs, tree, node, name, value))
        return;
    fuzz_require(shim_refers(tree, node, name), "references of a property that has none");
    while (shim_has_reference(&refs)) {
        uint32_t to = shim_next_reference(&refs);

        fuzz_require(to == SHIM_NONE || to < tree->node_count, "a reference to no node");
    }
}

static void read_props(const struct shim_tree *tree, uint32_t node)
{
    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++) {
        const char *name = shim_prop_name(tree, prop);
        struct shim_span value = shim_prop_value(tree, prop);
        enum shim_name id = shim_prop_id(tree, prop);

        read_value(tree, value);
        read_references(tree, node, name, value);
        fuzz_require(!id || !strcmp(name, shim_name_string(tree, id)), "a name that is another one");
        fuzz_require(!id || shim_prop(tree, node, id).at == value.at, "a property by its name");
        fuzz_require(shim_prop_named(tree, node, name).at != NULL, "a property by its string");
    }
}

static void read_entries(const struct shim_tree *tree, uint32_t node, struct shim_entries entries)
{
    struct shim_entries left = entries;
    struct shim_entry entry;
    struct shim_range cpu;

    while (shim_next_entry(&left, &entry)) {
        uint64_t address = entry.address;

        seen += shim_can_say(&entries, &entry) + entry.flags + entry.up;
        seen += shim_translate(entries, &address) + address;
        if (shim_reg_to_cpu(tree, node, &entry, &cpu))
            fuzz_require(!shim_range_wraps(cpu), "a register range that wraps");
    }
}

static void read_device(const struct shim_tree *tree, uint32_t node)
{
    static const enum shim_name ranges[] = { SHIM_RANGES, SHIM_DMA_RANGES };
    uint64_t address = 0x1000;
    uint32_t from;

    if (node)
        read_entries(tree, node, shim_reg_entries(tree, node));
    for (unsigned i = 0; node && i < 2; i++)
        read_entries(tree, node, shim_ranges_entries(tree, node, ranges[i]));
    seen += shim_device_address(tree, node, &address) + shim_bus_to_cpu(tree, node, &address);
    seen += shim_dma_start(tree, node) + shim_dma_carrier(tree, node);
    seen += shim_dma_to_cpu(tree, node, &address) + shim_dma_coherent(tree, node, &from);
    seen += shim_inherited_cells(tree, node).address + shim_cells(tree, node).size;
    seen += shim_available(tree, node) + shim_reachable(tree, node);
    from = shim_interrupt_parent(tree, node);
    seen += from == SHIM_NONE ? 0 : shim_interrupt_cells(tree, from);
    seen += shim_compatible_one(tree, node, "test,*\0*-v2\0");
}

/* The index is a tree: what it says of a node agrees with its parent. */
static void check_place(const struct shim_tree *tree, uint32_t number)
{
    const struct shim_node *node = &tree->nodes[number], *parent = &tree->nodes[node->parent];

    fuzz_require(node->at < node->end && node->past > number &&
                 node->past <= tree->node_count, "a node that does not end");
    if (!number)
        return;
    fuzz_require(node->parent < number && node->past <= parent->past &&
                 node->end < parent->end && node->depth == parent->depth + 1,
                 "a node outside its parent");
    fuzz_require(shim_child(tree, node->parent, shim_node_name(tree, number)) <= number,
                 "a child that is not found");
    fuzz_require(!node->phandle || shim_node_of_phandle(tree, node->phandle) == number,
                 "a phandle that is not found");
}

/* Of two siblings with one name a path means the first. */
static bool is_first(const struct shim_tree *tree, uint32_t node)
{
    for (; node; node = tree->nodes[node].parent)
        if (shim_child(tree, tree->nodes[node].parent, shim_node_name(tree, node)) != node)
            return false;
    return true;
}

static void check_path(const struct shim_tree *tree, uint32_t node)
{
    struct shim_path path = shim_path(tree, node);
    size_t len = strlen(path.s);

    fuzz_require(path.s[0] == '/', "a path that does not start at the root");
    if (is_first(tree, node) && (len < 3 || strcmp(path.s + len - 3, "...") != 0))
        fuzz_require(shim_node_at(tree, path.s) == node, "a path that is not found");
}

static void read_all(const struct shim_tree *tree)
{
    for (uint32_t node = 0; node < tree->node_count; node++) {
        check_place(tree, node);
        check_path(tree, node);
        read_props(tree, node);
        read_device(tree, node);
    }
    for (uint32_t i = 0; i < tree->reserve_count; i++)
        seen += shim_reserve_at(tree, i).base;
    seen += shim_most_regs(tree);
}

void fuzz_one(const uint8_t *choices, const uint8_t *blob, size_t len)
{
    struct shim_arena arena = fuzz_arena(0, len, 0, choices[2]);
    struct shim_error error = { .code = SHIM_OK };
    struct shim_tree tree;

    if (!shim_tree_check(&tree, blob, len, &arena, &error)) {
        read_all(&tree);
        return;
    }
    fuzz_require_words(&error);
    fuzz_require(error.code != SHIM_E_MEMORY, "the memory bound does not hold");
}
