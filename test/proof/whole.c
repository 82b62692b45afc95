// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The whole check, then reads of all that it accepted. The blocks lie as dtc puts them:
 * reservations (one entry that ends them) at 40, structure behind, strings last; all that
 * stands in them, and how much of the structure block is in use, may be anything.
 */
#include <stdint.h>

#include "__fc_builtin.h"

enum { BLOCKS = 56, STRINGS = PROOF_STRINGS, STRUCTS = PROOF_BYTES - BLOCKS - STRINGS };

static uint64_t blob[(PROOF_BYTES + 7) / 8];

#include "proof.h"

static const uint8_t *property_token;

/* The walk's reads: a token, or behind that of a property its length and its name. */
static uint32_t proof_word(const void *at)
{
    const uint8_t *word = at;
    const uint8_t *end = (const uint8_t *)blob + BLOCKS + STRUCTS;
    uint32_t token;

    if (word < (const uint8_t *)blob + BLOCKS)
        return shim_be32(at);
    if (property_token && word == property_token + 4)
        return proof_between(at, 0, (uint32_t)(end - word) - 8);
    if (property_token && word == property_token + 8)
        return proof_between(at, 0, STRINGS - 1);
    token = proof_token(at);
    property_token = token == FDT_PROP ? word : NULL;
    return token;
}

#define shim_be32(at) proof_word(at)
#include "shim/fdt/header.c"
#include "shim/fdt/names.c"
#include "shim/fdt/tree.c"
#undef shim_be32
#include "shim/fdt/read.c"

#include "shim/fdt/edits.h"

static struct shim_tree tree;
static struct shim_error error;

static void header(uint8_t *at)
{
    static const uint32_t words[] = {
        FDT_MAGIC, PROOF_BYTES, BLOCKS, BLOCKS + STRUCTS, SHIM_FDT_HEADER, FDT_VERSION,
        FDT_COMPATIBLE_VERSION, 0, STRINGS, STRUCTS,
    };

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        shim_put_be32(at + 4 * i, words[i]);
    for (unsigned i = SHIM_FDT_HEADER; i < BLOCKS; i++)
        at[i] = 0;
}

/* The strings block is PROOF_NAMES; where that is empty, anything. */
static void known_names(char *strings)
{
    static const char names[] = PROOF_NAMES;

    if (sizeof(names) > 1)
        memcpy(strings, names, STRINGS);
}

static void read_props(uint32_t node)
{
    for (uint32_t prop = tree.nodes[node].first_prop; prop < tree.nodes[node].props_end; prop++) {
        struct shim_span value = shim_prop_value(&tree, prop);

        strlen(shim_prop_name(&tree, prop));
        shim_string(value);
        shim_list_has(value, "a");
    }
    shim_prop_named(&tree, node, "a");
    shim_available(&tree, node);
    shim_inherited_cells(&tree, node);
}

static void read_nodes(void)
{
    for (uint32_t node = 0; node < tree.node_count; node++) {
        strlen(shim_node_name(&tree, node));
        shim_node_named(&tree, node, "a");
        shim_child(&tree, node, "a");
        read_props(node);
    }
    shim_node_at(&tree, "/a/b");
    shim_node_of_phandle(&tree, 1);
    shim_node_by_path(&tree, "a/b:c", 5);
}

static void edit(struct shim_edits *edits, uint32_t node)
{
    struct shim_cursor cursor = shim_cursor(node), new;

    switch (Frama_C_interval_split(0, 5)) {
    case 0:
        shim_put_u32(edits, cursor, "reg", 1);
        break;
    case 1:
        shim_put_string(edits, cursor, "new", "value");
        break;
    case 2:
        shim_delete_prop(edits, node, SHIM_REG);
        break;
    case 3:
        shim_delete_node(edits, node);
        break;
    case 4:
        shim_rename(edits, node, "renamed");
        break;
    default:
        new = shim_open(edits, cursor, "a");
        shim_put_u64(edits, new, "reg", 2);
        shim_close(edits, new);
    }
}

/* Two edits of any nodes, and a reservation; not all of what comes of it fits the output. */
static void splice(struct shim_arena *arena)
{
    uint64_t output[PROOF_BYTES / 8 + 4];
    struct shim_edits edits;
    size_t len;

    if (!PROOF_SPLICE)
        return;
    shim_edits_init(&edits, &tree, arena);
    edit(&edits, (uint32_t)Frama_C_interval_split(0, (int)tree.node_count - 1));
    edit(&edits, (uint32_t)Frama_C_interval_split(0, (int)tree.node_count - 1));
    shim_add_reserve(&edits, (struct shim_range){ .base = 1, .size = 2 });
    if (!shim_splice(&edits, 8, output, sizeof(output), &len, &error))
        Frama_C_show_each_spliced(len);
}

void proof_whole(void)
{
    uint64_t memory[PROOF_MEMORY]; /* not set: the analyser tells of a read before a write */
    struct shim_arena arena = {
        .next = (uint8_t *)memory, .limit = (uint8_t *)(memory + PROOF_MEMORY),
    };

    Frama_C_make_unknown((char *)blob, PROOF_BYTES);
    header((uint8_t *)blob);
    known_names((char *)blob + BLOCKS + STRUCTS);
    if (shim_tree_check(&tree, blob, PROOF_BYTES, &arena, &error))
        return;
    Frama_C_show_each_accepted(tree.node_count, tree.prop_count, tree.structs_len);
    read_nodes();
    splice(&arena);
}
