// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The checked walk: one pass over the structure block that proves every later
 * read safe and writes down where nodes and properties are.
 */
#include "shim/fdt/tree.h"

#include "shim/base/mem.h"
#include "shim/fdt/fdt.h"
#include "shim/fdt/header.h"

enum {
    SMALLEST_NODE = 8,    /* bytes of one that begins; whether it ends is not known yet */
    NAME_SLOTS = 256,     /* hash table of the known names, at most half full */
    UNCLASSIFIED = 2 * SHIM_NAMES_MAX, /* memo: this string was not looked at yet */
    CLASSES,
};

#define BIT(name) ((uint64_t)1 << (name))
#define BUS_NAMES (BIT(SHIM_DEVICE_TYPE) | BIT(SHIM_ADDRESS_CELLS) | BIT(SHIM_SIZE_CELLS))
#define NOTED (BIT(SHIM_PHANDLE) | BIT(SHIM_LINUX_PHANDLE) | BIT(SHIM_STATUS))

_Static_assert(SHIM_NAMES_MAX <= NAME_SLOTS / 2, "the table of known names is too full");
_Static_assert(SHIM_NAMES_MAX <= 1 << SHIM_NAME_BITS, "a known name does not fit its bits");
_Static_assert(SHIM_NAMES_MAX <= 64, "a node has one bit for each known name");
_Static_assert(SHIM_NAME_MORE < SHIM_NAMES_MAX, "there is no name left for the caller");
_Static_assert(SHIM_BLOB_MAX <= 1 << (2 + 32 - SHIM_NAME_BITS), "an offset does not fit its bits");

/*
 * What a property's name adds to its node. A known name is a class of its own; behind those,
 * all others that have the same bit are one. UNCLASSIFIED has all bits.
 */
struct classes {
    uint64_t known[CLASSES]; /* BIT(id), 0 for other names */
    uint64_t names[CLASSES]; /* shim_hash_bit() */
    uint8_t id[CLASSES];     /* enum shim_name */
    uint8_t slots[NAME_SLOTS]; /* hash -> enum shim_name; here, not on the stack */
};

/* What the walk carries along. */
struct walk {
    struct shim_tree *tree;
    struct shim_arena *arena;
    struct shim_error *error;
    struct classes *classes;
    uint8_t *memo;             /* string offset -> class */
    uint32_t most;             /* nodes, and properties, that the index has room for */
    uint32_t open;             /* the node that is open: its END is expected */
    uint32_t phandles;
};

static const char use_dtc[] =
    "the tree is damaged: load it again, or rebuild it with dtc and compare";

__attribute__((cold, noinline, format(printf, 4, 5)))
static enum shim_code fail_at(struct walk *walk, enum shim_code code, uint32_t at,
                              const char *what, ...)
{
    char words[160];
    struct shim_text text = shim_text(words, sizeof(words));
    struct shim_path path;
    va_list args;

    path.s[0] = '\0';
    if (walk->open != SHIM_NONE)
        path = shim_path(walk->tree, walk->open);
    va_start(args, what);
    shim_text_format(&text, what, args);
    va_end(args);
    return shim_fail(walk->error, code, path.s, NULL, use_dtc,
                     "%s (structure block offset 0x%llx)", words, SHIM_X(at));
}

/* ---- property names --------------------------------------------------- */

static void add_class(struct classes *classes, uint32_t at, enum shim_name id, uint32_t hash)
{
    classes->known[at] = id ? BIT(id) : 0;
    classes->names[at] = shim_hash_bit(hash);
    classes->id[at] = (uint8_t)id;
}

static void fill_classes(struct walk *walk)
{
    const char *string = shim_name_string(walk->tree, 1);
    uint8_t *slots = walk->classes->slots;

    for (uint32_t hash = 0; hash < SHIM_NAMES_MAX; hash++)
        add_class(walk->classes, SHIM_NAMES_MAX + hash, SHIM_NAME_OTHER, hash);
    walk->classes->known[UNCLASSIFIED] = UINT64_MAX;
    memset(slots, SHIM_NAME_OTHER, NAME_SLOTS);
    for (unsigned name = 1; *string && name < SHIM_NAMES_MAX; name++) {
        uint32_t hash = shim_name_hash(string), slot = hash % NAME_SLOTS;

        walk->tree->hashes[slot / 8] |= (uint8_t)(1u << slot % 8);
        while (slots[slot])
            slot = (slot + 1) % NAME_SLOTS;
        slots[slot] = (uint8_t)name;
        add_class(walk->classes, name, (enum shim_name)name, hash);
        string = shim_name_behind(walk->tree, name, string);
    }
}

/* What was found out is kept; once for a string, so not inline. */
__attribute__((noinline))
static uint8_t classify(struct walk *walk, uint32_t string)
{
    const char *name = walk->tree->strings + string;
    const uint8_t *slots = walk->classes->slots;
    uint32_t hash = shim_name_hash(name), slot = hash % NAME_SLOTS, known;

    while (slots[slot] && strcmp(shim_name_string(walk->tree, slots[slot]), name) != 0)
        slot = (slot + 1) % NAME_SLOTS;
    known = slots[slot];
    walk->tree->string_of[known] = string;
    walk->memo[string] = (uint8_t)(known ? known : SHIM_NAMES_MAX + hash % SHIM_NAMES_MAX);
    return walk->memo[string];
}

/* ---- structure block --------------------------------------------------- */

static bool name_is_sound(const char *name, uint32_t len, bool root)
{
    return root ? len == 0 : len != 0 && !memchr(name, '/', len);
}

static enum shim_code no_memory(const struct walk *walk)
{
    return shim_fail(walk->error, SHIM_E_MEMORY, "", NULL, "give the check more memory",
                     "no room to index a tree of %u bytes", walk->tree->total);
}

/* "pci" or "pcie", with or without a unit address. */
static bool is_pci_name(const char *name)
{
    if (name[0] != 'p' || name[1] != 'c' || name[2] != 'i')
        return false;
    name += name[3] == 'e' ? 4 : 3;
    return *name == '\0' || *name == '@';
}

static enum shim_code begin_node(struct walk *walk, uint32_t *at)
{
    struct shim_tree *tree = walk->tree;
    const char *name = (const char *)tree->structs + *at + FDT_TOKEN;
    uint32_t room = tree->structs_len - *at - FDT_TOKEN;
    const char *nul = memchr(name, '\0', room);
    uint32_t number = tree->node_count;
    uint32_t depth = walk->open == SHIM_NONE ? 0 : tree->nodes[walk->open].depth + 1;

    if (!nul)
        return fail_at(walk, SHIM_E_STRUCTURE, *at, "a node name does not end");
    if (walk->open == SHIM_NONE && number)
        return fail_at(walk, SHIM_E_STRUCTURE, *at, "a second root node");
    if (!name_is_sound(name, (uint32_t)(nul - name), number == 0))
        return fail_at(walk, SHIM_E_STRUCTURE, *at, number ? "a node name is empty or holds '/'"
                                                           : "the root node has a name");
    if (depth > SHIM_DEPTH_MAX)
        return fail_at(walk, SHIM_E_STRUCTURE, *at, "nodes nested deeper than %u", SHIM_DEPTH_MAX);
    if (number == walk->most)
        return no_memory(walk);
    tree->nodes[number] = (struct shim_node){
        .at = *at, .parent = walk->open, .depth = (uint8_t)depth,
        .first_prop = tree->prop_count, .props_end = tree->prop_count,
        .pci = is_pci_name(name), .address_cells = 2, .size_cells = 1,
    };
    tree->node_count++;
    walk->open = number;
    *at += FDT_TOKEN + FDT_PAD((uint32_t)(nul - name) + 1);
    return SHIM_OK;
}

static bool is_pci_type(struct shim_span type)
{
    for (const char *at = shim_list_next(type, NULL); at; at = shim_list_next(type, at))
        if (*at == 'p' && (!strcmp(at, "pci") || !strcmp(at, "pciex")))
            return true;
    return false;
}

/* The number of cells that the node says, if it does. */
static bool read_cells(const struct shim_tree *tree, uint32_t node, enum shim_name name,
                       uint8_t *cells)
{
    uint32_t said;

    if (!shim_cell(shim_prop(tree, node, name), &said))
        return false;
    *cells = (uint8_t)(said < SHIM_CELLS_MOST ? said : SHIM_CELLS_MOST);
    return said < SHIM_CELLS_MOST;
}

/* What all addresses below ask of a node, each time: read once. */
static void read_bus(struct shim_tree *tree, uint32_t node)
{
    struct shim_node *own = &tree->nodes[node];
    bool address = read_cells(tree, node, SHIM_ADDRESS_CELLS, &own->address_cells);
    bool size = read_cells(tree, node, SHIM_SIZE_CELLS, &own->size_cells);

    own->says_cells = address && size;
    if (is_pci_type(shim_prop(tree, node, SHIM_DEVICE_TYPE)))
        own->pci = true;
}

static enum shim_code end_node(struct walk *walk, uint32_t *at)
{
    struct shim_node *node;

    if (walk->open == SHIM_NONE)
        return fail_at(walk, SHIM_E_STRUCTURE, *at, "a node ends that never began");
    node = &walk->tree->nodes[walk->open];
    node->end = *at;
    node->past = walk->tree->node_count;
    if (node->known & BUS_NAMES)
        read_bus(walk->tree, walk->open);
    walk->open = node->parent;
    *at += FDT_TOKEN;
    return SHIM_OK;
}

static enum shim_code note_phandle(struct walk *walk, uint32_t at, uint32_t len)
{
    struct shim_node *node = &walk->tree->nodes[walk->open];
    uint32_t phandle;

    if (len != 4)
        return fail_at(walk, SHIM_E_STRUCTURE, at, "a phandle of %u bytes", len);
    phandle = shim_be32(walk->tree->structs + at + FDT_PROP_HEADER);
    if (!phandle || phandle == UINT32_MAX || (node->phandle && node->phandle != phandle))
        return fail_at(walk, SHIM_E_STRUCTURE, at, "phandle 0x%llx is not usable here",
                       SHIM_X(phandle));
    walk->phandles += node->phandle == 0;
    node->phandle = phandle;
    return SHIM_OK;
}

/* One that is NOTED, or one that the open node has already. Not inline: few are. */
__attribute__((noinline))
static enum shim_code note(struct walk *walk, uint32_t at, uint32_t len, uint32_t name)
{
    struct shim_node *open = &walk->tree->nodes[walk->open];
    struct shim_span value = { walk->tree->structs + at + FDT_PROP_HEADER, len };

    if (open->known & BIT(name) || !(NOTED & BIT(name)))
        return fail_at(walk, SHIM_E_DUPLICATE, at, "property '%s' appears twice",
                       shim_name_string(walk->tree, name));
    open->known |= BIT(name);
    if (name != SHIM_STATUS)
        return note_phandle(walk, at, len);
    open->off = !shim_says_okay(value);
    return SHIM_OK;
}

/* Properties come before children: the open node is the last one that began. */
static bool takes_props(const struct walk *walk)
{
    return walk->open != SHIM_NONE && walk->open + 1 == walk->tree->node_count;
}

/* Says what is wrong with a property that properties() did not take. */
static enum shim_code bad_property(struct walk *walk, uint32_t at)
{
    uint32_t room = walk->tree->structs_len - at;
    uint32_t len;

    if (!takes_props(walk))
        return fail_at(walk, SHIM_E_STRUCTURE, at, "a property outside or after the nodes");
    if (room < FDT_PROP_HEADER)
        return fail_at(walk, SHIM_E_STRUCTURE, at, "a property is cut off");
    len = shim_be32(walk->tree->structs + at + 4);
    if (len > room - FDT_PROP_HEADER)
        return fail_at(walk, SHIM_E_STRUCTURE, at, "a property of %u bytes leaves the block", len);
    return fail_at(walk, SHIM_E_STRUCTURE, at, "a property name outside the strings block");
}

/*
 * Properties one after another, the first of them at `*at`. Most of a tree is properties, so
 * what each of them needs is in variables of this function.
 */
static enum shim_code properties(struct walk *walk, uint32_t *at)
{
    struct shim_tree *tree = walk->tree;
    struct shim_node *open = &tree->nodes[walk->open];
    const struct classes *classes = walk->classes;
    const uint8_t *structs = tree->structs, *memo = walk->memo;
    uint32_t strings_len = tree->strings_len, last = tree->structs_len - FDT_PROP_HEADER;
    uint32_t *next = tree->props + tree->prop_count, *end = tree->props + walk->most;
    uint64_t seen = open->known | NOTED, names = open->names;
    uint32_t here = *at;

    do {
        uint32_t len = shim_be32(structs + here + 4);
        uint32_t string = shim_be32(structs + here + 8);
        uint32_t class;

        if (len > last - here || string >= strings_len)
            return bad_property(walk, here);
        if (next == end)
            return no_memory(walk);
        class = memo[string];
        if (seen & classes->known[class] && class == UNCLASSIFIED)
            class = classify(walk, string);
        if (seen & classes->known[class]) {
            enum shim_code code = note(walk, here, len, classes->id[class]);

            if (code)
                return code;
        }
        seen |= classes->known[class];
        names |= classes->names[class];
        *next++ = here << (SHIM_NAME_BITS - 2) | classes->id[class];
        here += FDT_PROP_HEADER + FDT_PAD(len);
    } while (here <= last && shim_be32(structs + here) == FDT_PROP);
    tree->prop_count = (uint32_t)(next - tree->props);
    open->props_end = tree->prop_count;
    open->known |= seen & ~NOTED;
    open->names = names;
    *at = here;
    return SHIM_OK;
}

static enum shim_code one_token(struct walk *walk, uint32_t token, uint32_t *at)
{
    switch (token) {
    case FDT_PROP:
        if (takes_props(walk) && walk->tree->structs_len - *at >= FDT_PROP_HEADER)
            return properties(walk, at);
        return bad_property(walk, *at);
    case FDT_BEGIN_NODE:
        return begin_node(walk, at);
    case FDT_END_NODE:
        return end_node(walk, at);
    case FDT_NOP:
        *at += FDT_TOKEN;
        return SHIM_OK;
    default:
        return fail_at(walk, SHIM_E_STRUCTURE, *at, "unknown token 0x%llx", SHIM_X(token));
    }
}

static enum shim_code walk_structs(struct walk *walk)
{
    struct shim_tree *tree = walk->tree;
    uint32_t at = 0;

    while (at < tree->structs_len) {
        uint32_t token = shim_be32(tree->structs + at);
        enum shim_code code;

        if (token == FDT_END) {
            if (walk->open == SHIM_NONE && tree->node_count) {
                tree->structs_len = at + FDT_TOKEN;
                return SHIM_OK;
            }
            return fail_at(walk, SHIM_E_STRUCTURE, at, "the block ends inside a node");
        }
        code = one_token(walk, token, &at);
        if (code)
            return code;
    }
    return fail_at(walk, SHIM_E_STRUCTURE, tree->structs_len, "the block has no end token");
}

/* ---- phandles ----------------------------------------------------------- */

static uint32_t phandle_slot(const struct shim_tree *tree, uint32_t phandle)
{
    return (phandle * 2654435761u >> 7) & tree->phandle_mask;
}

static enum shim_code index_phandles(struct walk *walk)
{
    struct shim_tree *tree = walk->tree;
    uint32_t slots = 2;

    while (slots < 2 * walk->phandles)
        slots *= 2;
    tree->phandle_mask = slots - 1;
    tree->phandle_slots = shim_alloc(walk->arena, slots, sizeof(*tree->phandle_slots));
    if (!tree->phandle_slots)
        return no_memory(walk);
    memset(tree->phandle_slots, 0xff, slots * sizeof(*tree->phandle_slots));
    for (uint32_t node = 0; node < tree->node_count; node++) {
        uint32_t phandle = tree->nodes[node].phandle;
        uint32_t slot, other;

        if (!phandle)
            continue;
        slot = phandle_slot(tree, phandle);
        while ((other = tree->phandle_slots[slot]) != SHIM_NONE) {
            if (tree->nodes[other].phandle == phandle)
                return shim_fail(walk->error, SHIM_E_DUPLICATE, SHIM_PATH(tree, node), "phandle",
                                 "give one of the two, and its users, another phandle",
                                 "phandle 0x%llx also belongs to %s", SHIM_X(phandle),
                                 SHIM_PATH(tree, other));
            slot = (slot + 1) & tree->phandle_mask;
        }
        tree->phandle_slots[slot] = node;
    }
    return SHIM_OK;
}

/* ---- the check ----------------------------------------------------------- */

/*
 * Room for as many nodes and properties as the structure block can hold, or the arena:
 * a payload with its data inside has few of them in many bytes.
 */
static bool take_index(struct walk *walk)
{
    struct shim_tree *tree = walk->tree;
    size_t one = sizeof(*tree->nodes) + sizeof(*tree->props), fit;

    walk->classes = shim_alloc(walk->arena, 1, sizeof(*walk->classes));
    walk->memo = shim_alloc(walk->arena, tree->strings_len + 1, 1);
    fit = shim_arena_left(walk->arena) / one;
    walk->most = tree->structs_len / SMALLEST_NODE;
    if (walk->most > fit)
        walk->most = (uint32_t)fit & ~1u; /* the arena is in units of 8 bytes */
    tree->nodes = shim_alloc(walk->arena, walk->most, sizeof(*tree->nodes));
    tree->props = shim_alloc(walk->arena, walk->most, sizeof(*tree->props));
    return walk->classes && walk->memo && tree->nodes && tree->props;
}

/* Moves the properties to the end of the nodes, and gives back the rest. */
static void settle_index(struct walk *walk)
{
    struct shim_tree *tree = walk->tree;
    size_t len = tree->prop_count * sizeof(*tree->props);
    uint32_t *settled = (uint32_t *)(tree->nodes + tree->node_count);

    memmove(settled, tree->props, len);
    tree->props = settled;
    walk->arena->next = (uint8_t *)settled + shim_align_up(len, 8);
}

enum shim_code shim_tree_index(struct shim_tree *tree, const void *blob, size_t avail,
                               const char *more, struct shim_arena *arena,
                               struct shim_error *error)
{
    struct walk walk = { .tree = tree, .arena = arena, .error = error, .open = SHIM_NONE };
    enum shim_code code;

    *tree = (struct shim_tree){ .blob = blob, .more = more };
    code = shim_check_header(tree, avail, error);
    if (code)
        return code;
    if (!take_index(&walk))
        return no_memory(&walk);
    memset(walk.memo, UNCLASSIFIED, tree->strings_len);
    memset(tree->string_of, 0xff, sizeof(tree->string_of));
    fill_classes(&walk);
    code = walk_structs(&walk);
    if (code)
        return code;
    settle_index(&walk);
    return index_phandles(&walk);
}

uint32_t shim_node_of_phandle(const struct shim_tree *tree, uint32_t phandle)
{
    uint32_t slot = phandle_slot(tree, phandle);
    uint32_t node;

    if (!phandle)
        return SHIM_NONE;
    while ((node = tree->phandle_slots[slot]) != SHIM_NONE) {
        if (tree->nodes[node].phandle == phandle)
            return node;
        slot = (slot + 1) & tree->phandle_mask;
    }
    return SHIM_NONE;
}
