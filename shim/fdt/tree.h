/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A flattened device tree, checked once and indexed.
 *
 * shim_tree_check() walks the blob a single time. Everything that it accepts
 * can be read without further checks: every token, name, value and string
 * offset lies inside the blob, names and strings end, nesting is closed, and
 * the blob is never written. Nodes are numbered in document order, the root is
 * node 0, so a node's descendants are the numbers (node, past).
 *
 * Names are compared exactly: "timer" never finds "timer@2a810000".
 *
 * Format: Devicetree Specification 0.4, chapter 5.
 */
#ifndef DTSHIM_FDT_TREE_H
#define DTSHIM_FDT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dtshim/arena.h>
#include <dtshim/error.h>

#include "shim/base/span.h"
#include "shim/base/text.h"

#define SHIM_NONE UINT32_MAX
#define SHIM_ROOT 0u

enum {
    SHIM_FDT_HEADER = 40,        /* bytes of a version 17 header */
    SHIM_FDT_TOKEN = 4,          /* bytes of a token; a node's name is behind its first */
    SHIM_FDT_MAGIC_WORD = (int)0xd00dfeed,
    SHIM_DEPTH_MAX = 64,         /* deeper trees are refused; Xen stops at 16 */
    SHIM_BLOB_MAX = 1 << 28,     /* so that offset and name of a property share a word */
};

/*
 * Property names that are read often. The walk recognises them once per distinct string, so
 * that a later look-up compares a byte. A caller may have more of its own.
 */
#define SHIM_NAMES(X)                                   \
    X(ADDRESS_CELLS, "#address-cells")                  \
    X(SIZE_CELLS, "#size-cells")                        \
    X(IOMMU_CELLS, "#iommu-cells")                      \
    X(COMPATIBLE, "compatible")                         \
    X(REG, "reg")                                       \
    X(RANGES, "ranges")                                 \
    X(STATUS, "status")                                 \
    X(PHANDLE, "phandle")                               \
    X(LINUX_PHANDLE, "linux,phandle")                   \
    X(DEVICE_TYPE, "device_type")                       \
    X(NO_MAP, "no-map")                                 \
    X(USABLE_MEMORY, "linux,usable-memory")             \
    X(IOMMUS, "iommus")                                 \
    X(IOMMU_MAP, "iommu-map")                           \
    X(DMA_OFFSET, "dma-offset")                         \
    X(BOOTARGS, "bootargs")                             \
    X(STDOUT_PATH, "stdout-path")                       \
    X(LINUX_STDOUT_PATH, "linux,stdout-path")           \
    X(REG_SHIFT, "reg-shift")                           \
    X(REG_IO_WIDTH, "reg-io-width")                     \
    X(DATA, "data")                                     \
    X(DATA_OFFSET, "data-offset")                       \
    X(DATA_POSITION, "data-position")                   \
    X(DATA_SIZE, "data-size")                           \
    X(VALUE, "value")                                   \
    X(ALGO, "algo")                                     \
    X(COMPRESSION, "compression")                       \
    X(PROP_VERSION, "version")                          \
    X(DMA_RANGES, "dma-ranges")                         \
    X(DMA_COHERENT, "dma-coherent")                     \
    X(DMA_NONCOHERENT, "dma-noncoherent")               \
    X(INTERCONNECTS, "interconnects")                   \
    X(INTERCONNECT_NAMES, "interconnect-names")         \
    X(INTERCONNECT_CELLS, "#interconnect-cells")        \
    X(IOMMU_MAP_MASK, "iommu-map-mask")                 \
    X(MMU_MASTERS, "mmu-masters")                       \
    X(STREAM_ID_CELLS, "#stream-id-cells")              \
    X(ALLOC_RANGES, "alloc-ranges")                     \
    X(USABLE_MEMORY_RANGE, "linux,usable-memory-range") \
    X(MEMORY_TYPE, "dtshim,memory-type")                \
    X(NO_MEMORY_WC, "no-memory-wc")                     \
    X(PROTECT_EXEC, "protect-exec")                     \
    X(INTERRUPT_CONTROLLER, "interrupt-controller")     \
    X(INITRD_START, "linux,initrd-start")               \
    X(INITRD_END, "linux,initrd-end")                   \
    X(MEMORY_REGION, "memory-region")

enum shim_name {
    SHIM_NAME_OTHER = 0, /* any other name */
#define SHIM_NAME_ENTRY(id, string) SHIM_##id,
    SHIM_NAMES(SHIM_NAME_ENTRY)
#undef SHIM_NAME_ENTRY
    SHIM_NAME_MORE, /* the first of the caller's */
    SHIM_NAMES_MAX = 64,
};
enum { SHIM_NAME_BITS = 6 };

struct shim_node {
    uint32_t at;         /* offset of FDT_BEGIN_NODE in the structure block */
    uint32_t end;        /* offset of its FDT_END_NODE */
    uint32_t parent;     /* node number; SHIM_NONE for the root */
    uint32_t past;       /* one past the last descendant's number */
    uint32_t first_prop; /* its properties are [first_prop, props_end) */
    uint32_t props_end;
    uint32_t phandle;    /* 0: none */
    uint8_t depth;       /* the root has depth 0 */
    bool pci : 1;        /* see shim_is_pci() */
    bool off : 1;        /* not shim_available() */
    bool says_cells : 1; /* it has the next two itself, and they are not SHIM_CELLS_MOST */
    uint8_t address_cells; /* for its children, see shim_cells() */
    uint8_t size_cells;
    uint64_t known;      /* the known names that it has, bits 1 << enum shim_name */
    uint64_t names;      /* the names that it may have: a bit for each, shim_hash_bit() */
};

struct shim_tree {
    const uint8_t *blob;
    uint32_t total;      /* totalsize */
    const uint8_t *reserve; /* memory reservation block, pairs of 64 bits: address, size */
    uint32_t reserve_count;
    const uint8_t *structs;
    uint32_t structs_len;   /* up to and with FDT_END */
    const char *strings;
    uint32_t strings_len;   /* up to and with the last NUL */
    const char *more;       /* the caller's names, packed; see shim_tree_index() */
    uint32_t string_of[SHIM_NAMES_MAX]; /* a string offset of each known name, or SHIM_NONE */
    uint8_t hashes[32];  /* of the known names, a bit for each shim_name_hash() % 256 */

    struct shim_node *nodes;
    uint32_t node_count;
    uint32_t *props;     /* see shim_prop_at() and shim_prop_id() */
    uint32_t prop_count;

    uint32_t *phandle_slots; /* hash table of node numbers, SHIM_NONE: empty */
    uint32_t phandle_mask;
};

/*
 * Checks the blob and builds its index in `arena`. The blob must stay where it
 * is and unchanged for as long as the tree is used; `blob` must be 8-byte
 * aligned, `avail` is the number of bytes that may be read.
 *
 * Errors: SHIM_E_ALIGNMENT, SHIM_E_TRUNCATED (fewer bytes than the header
 * says), SHIM_E_MAGIC, SHIM_E_VERSION (only version 17 carries the size of its
 * structure block), SHIM_E_TOO_LARGE, SHIM_E_LAYOUT, SHIM_E_STRUCTURE,
 * SHIM_E_DUPLICATE, SHIM_E_MEMORY.
 *
 * `more` are the caller's names, packed one after another, the last one empty: the
 * first is known as SHIM_NAME_MORE, and so on up to SHIM_NAMES_MAX.
 */
enum shim_code shim_tree_index(struct shim_tree *tree, const void *blob, size_t avail,
                               const char *more, struct shim_arena *arena,
                               struct shim_error *error);

/* The same without names of the caller. */
static inline enum shim_code shim_tree_check(struct shim_tree *tree, const void *blob,
                                             size_t avail, struct shim_arena *arena,
                                             struct shim_error *error)
{
    return shim_tree_index(tree, blob, avail, "", arena, error);
}

/* The name with its unit address; "" for the root. */
__attribute__((always_inline))
static inline const char *shim_node_name(const struct shim_tree *tree, uint32_t node)
{
    return (const char *)tree->structs + tree->nodes[node].at + SHIM_FDT_TOKEN;
}

/* Is the name `base` or `base@...`? */
bool shim_is_named(const char *name, const char *base);

static inline bool shim_node_named(const struct shim_tree *tree, uint32_t node, const char *base)
{
    const char *own = shim_node_name(tree, node);

    return *own == *base && shim_is_named(own, base);
}

/* The child with exactly this name, or SHIM_NONE. */
uint32_t shim_child(const struct shim_tree *tree, uint32_t parent, const char *name);

/* The node at an absolute path of exact names ("/" is the root), or SHIM_NONE. */
uint32_t shim_node_at(const struct shim_tree *tree, const char *path);

/*
 * As shim_node_at(), for a path of `len` characters that may start with an
 * alias and may end in ":options" (stdout-path, Devicetree Specification 3.6).
 */
uint32_t shim_node_by_path(const struct shim_tree *tree, const char *path, size_t len);

/* The node that owns this phandle, or SHIM_NONE. */
uint32_t shim_node_of_phandle(const struct shim_tree *tree, uint32_t phandle);

/* for (child = shim_first_child(t, p); child != SHIM_NONE; child = shim_next_child(t, child)) */
static inline uint32_t shim_first_child(const struct shim_tree *tree, uint32_t parent)
{
    return tree->nodes[parent].past > parent + 1 ? parent + 1 : SHIM_NONE;
}

static inline uint32_t shim_next_child(const struct shim_tree *tree, uint32_t child)
{
    uint32_t past = tree->nodes[child].past;
    uint32_t parent = tree->nodes[child].parent;

    return past < tree->nodes[parent].past ? past : SHIM_NONE;
}

/* A property's value, which the node is known to have. */
struct shim_span shim_known_prop(const struct shim_tree *tree, uint32_t node, enum shim_name name);

/* Has it the property? Its value may be empty. */
static inline bool shim_has_known(const struct shim_tree *tree, uint32_t node, enum shim_name name)
{
    return tree->nodes[node].known >> name & 1;
}

/* A property's value; `at` is NULL when the node does not have it. Most do not. */
static inline struct shim_span shim_prop(const struct shim_tree *tree, uint32_t node,
                                         enum shim_name name)
{
    struct shim_span none = { 0 };

    return shim_has_known(tree, node, name) ? shim_known_prop(tree, node, name) : none;
}

/* A few characters tell most names apart. Of a literal the compiler makes a number. */
__attribute__((always_inline))
static inline uint32_t shim_name_hash(const char *name)
{
    uint32_t len = (uint32_t)__builtin_strlen(name);
    uint32_t middle = (uint8_t)name[len / 2], final = (uint8_t)name[len - (len != 0)];

    return len + (uint8_t)name[0] * 19u + middle * 15u + final;
}

/* Names share the bits: a node that has the bit may not have the name. */
__attribute__((always_inline))
static inline uint64_t shim_hash_bit(uint32_t hash)
{
    return (uint64_t)1 << hash % 64;
}

/* Most other names have other hashes than the known ones. */
static inline bool shim_may_be_known(const struct shim_tree *tree, uint32_t hash)
{
    return tree->hashes[hash % 256 / 8] >> hash % 8 & 1;
}

/* The same by any name, of which the hash is known. */
struct shim_span shim_find_prop(const struct shim_tree *tree, uint32_t node, const char *name,
                                uint32_t hash);
struct shim_span shim_find_any_prop(const struct shim_tree *tree, uint32_t node, const char *name);

/*
 * Inline for names that are literals: most nodes do not have the name, which one bit says.
 */
__attribute__((always_inline))
static inline struct shim_span shim_prop_named(const struct shim_tree *tree, uint32_t node,
                                               const char *name)
{
    struct shim_span none = { 0 };

    if (!__builtin_constant_p(__builtin_strlen(name)))
        return shim_find_any_prop(tree, node, name);
    if (!(tree->nodes[node].names & shim_hash_bit(shim_name_hash(name))))
        return none;
    return shim_find_prop(tree, node, name, shim_name_hash(name));
}

/* The string of a known name; "" after the caller's last. */
const char *shim_name_string(const struct shim_tree *tree, unsigned name);

/* The string of the one after `name`, which has `string`; "" after the caller's last. */
const char *shim_name_behind(const struct shim_tree *tree, unsigned name, const char *string);

/*
 * By property number, for walks over all of them: the offset of its FDT_PROP
 * in the structure block, and which known name it has.
 */
static inline uint32_t shim_prop_at(const struct shim_tree *tree, uint32_t prop)
{
    return tree->props[prop] >> SHIM_NAME_BITS << 2;
}

static inline enum shim_name shim_prop_id(const struct shim_tree *tree, uint32_t prop)
{
    return (enum shim_name)(tree->props[prop] & ((1 << SHIM_NAME_BITS) - 1));
}

const char *shim_prop_name(const struct shim_tree *tree, uint32_t prop);
struct shim_span shim_prop_value(const struct shim_tree *tree, uint32_t prop);

/* A value as a string: NULL unless it is one NUL-terminated string. */
const char *shim_string(struct shim_span value);

/* The one cell of a value; false unless it has exactly four bytes. */
bool shim_cell(struct shim_span value, uint32_t *cell);

/* Does the string list contain this string? A last string without NUL does not count. */
bool shim_list_has(struct shim_span list, const char *string);

/* The next string of a list after `at`; NULL at the end. Start with at = NULL. */
const char *shim_list_next(struct shim_span list, const char *at);

/*
 * The first word of a command line (words are separated by spaces); `at` is NULL
 * when there is none. The next one: shim_first_word(word.at + word.len).
 * `line` may be NULL.
 */
struct shim_span shim_first_word(const char *line);

bool shim_compatible(const struct shim_tree *tree, uint32_t node, const char *compatible);

/* Does one of its compatibles match one of the packed patterns (shim_matches_one())? */
bool shim_compatible_one(const struct shim_tree *tree, uint32_t node, const char *patterns);

/* The same with a short table of rows (SHIM_MATCHES_ROW()), for a node that has compatibles. */
bool shim_compatible_row(const struct shim_tree *tree, uint32_t node, const struct shim_row *rows,
                         size_t count, uint32_t starts);
#define SHIM_COMPATIBLE_ROW(tree, node, rows) \
    (shim_has_known(tree, node, SHIM_COMPATIBLE) && \
     shim_compatible_row(tree, node, rows, sizeof(rows) / sizeof((rows)[0]), \
                         shim_row_starts(rows, sizeof(rows) / sizeof((rows)[0]))))

/* Status absent, "okay" or "ok" (Devicetree Specification 2.3.4). */
static inline bool shim_available(const struct shim_tree *tree, uint32_t node)
{
    return !tree->nodes[node].off;
}

/* Does a status of this value say so? */
bool shim_says_okay(struct shim_span status);

/* Available, as are all nodes above it. */
bool shim_reachable(const struct shim_tree *tree, uint32_t node);

/*
 * The cells that `node` gives its children; 2 and 1 if it has none, SHIM_CELLS_MOST for that
 * many or more.
 */
enum { SHIM_CELLS_MOST = 255 };

struct shim_cells {
    uint32_t address;
    uint32_t size;
};

static inline struct shim_cells shim_cells(const struct shim_tree *tree, uint32_t node)
{
    const struct shim_node *own = &tree->nodes[node];

    return (struct shim_cells){ .address = own->address_cells, .size = own->size_cells };
}

/*
 * As in Xen 4.17's early parser (device_tree_for_each_node()): cells that a node
 * does not have come from the nodes above.
 */
struct shim_cells shim_cells_from_above(const struct shim_tree *tree, uint32_t node);

static inline struct shim_cells shim_inherited_cells(const struct shim_tree *tree, uint32_t node)
{
    return tree->nodes[node].says_cells ? shim_cells(tree, node)
                                        : shim_cells_from_above(tree, node);
}

/*
 * Reads `cells` big-endian cells (0 to 4) as one number. Returns false when
 * the number does not fit 64 bits.
 */
bool shim_read_cells(const uint8_t *at, uint32_t cells, uint64_t *value);

/* "/soc/serial@9000000", cut at the end with "..." when it is longer. */
struct shim_path {
    char s[192];
};
struct shim_path shim_path(const struct shim_tree *tree, uint32_t node);
#define SHIM_PATH(tree, node) (shim_path(tree, node).s)

#endif
