// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * RAM that was given as a size only.
 *
 * Most trees of boards that come with different amounts of RAM have a memory node without a
 * size, at the base; firmware fills the size in. What is given is one piece. Firmware
 * knows holes that the tree does not: so it ends, at the latest, where the tree has something
 * else; RAM beyond that has to be given with its base.
 */
#include "shim/board/ram_size.h"

#include "shim/base/mem.h"
#include "shim/base/number.h"
#include "shim/base/text.h"
#include "shim/board/ram_bases.h"
#include "shim/fdt/address.h"

#define PAGE ((uint64_t)4096)

/* RAM that firmware keeps, without an entry in the tree. */
static const struct kept {
    char soc[16];
    struct shim_range at;
    char why[96];
} firmwares[] = {
    /* doc of Raspberry Pi's config.txt, gpu_mem: 76 MiB of the first GiB where it is not given. */
    { "brcm,bcm2711", { 0x3b400000, 0x4c00000 },
      "VideoCore's, unless config.txt sets gpu_mem; --live on the board shows it" },
};

/* ---- the base ------------------------------------------------------------------------- */

/* Bases that the memory nodes name: of the lowest two that differ. */
struct bases {
    uint32_t count; /* 2: several */
    uint64_t at[2];
};

static void add_base(struct bases *bases, uint64_t base)
{
    if (bases->count && bases->at[0] == base)
        return;
    if (bases->count < 2)
        bases->at[bases->count++] = base;
}

/* The number behind the '@' of its name, up to a comma. */
static bool unit_address(const struct shim_tree *tree, uint32_t node, uint64_t *address)
{
    const char *at = shim_node_name(tree, node);

    while (*at && *at != '@')
        at++;
    if (!*at || shim_digit(at[1]) > 15)
        return false;
    *address = 0;
    while (shim_digit(*++at) < 16)
        *address = *address << 4 | shim_digit(*at);
    return !*at || *at == ',';
}

/* One without a size, at 0, says nothing where its name does not. */
static void add_empty_entries(const struct shim_board *board, uint32_t node, struct bases *bases)
{
    struct shim_entries entries = shim_reg_entries(board->tree, node);
    uint64_t address = 0;
    bool named = unit_address(board->tree, node, &address);
    struct shim_entry entry;

    if (!entries.rest.len && named)
        add_base(bases, address);
    while (shim_next_entry(&entries, &entry)) {
        struct shim_range at = { entry.address ? entry.address : address, 1 };

        if (!entry.size && (entry.address || named) && !shim_ranges_meeting(&board->ram, at))
            add_base(bases, at.base);
    }
}

/* In a tree that apply wrote from a size: what follows the hole for firmware is no base. */
static bool follows_kept(const struct shim_board *board, uint32_t bank)
{
    const struct shim_range *ram = board->ram.at;

    for (size_t i = 0; bank && i < sizeof(firmwares) / sizeof(firmwares[0]); i++)
        if (ram[bank].base == shim_range_end(firmwares[i].at) &&
            shim_range_end(ram[bank - 1]) == firmwares[i].at.base &&
            shim_compatible(board->tree, SHIM_ROOT, firmwares[i].soc))
            return true;
    return false;
}

static struct bases find_bases(const struct shim_board *board)
{
    struct bases bases = { .count = 0 };

    for (uint32_t i = 0; i < board->ram.count; i++)
        if (!follows_kept(board, i))
            add_base(&bases, board->ram.at[i].base);
    for (uint32_t i = 0; i < board->memory_node_count; i++)
        add_empty_entries(board, board->memory_nodes[i], &bases);
    return bases;
}

bool shim_has_ram_base(const struct shim_board *board)
{
    return find_bases(board).count == 1;
}

/* ---- words -------------------------------------------------------------------------------- */

/* Of several that the root has the first one in the order of the alphabet. */
const char *shim_ram_hint(const struct shim_board *board)
{
    const char *soc, *found = NULL, *where = NULL;

    for (const char *words = shim_ram_bases; *words; words = soc + 1)
        for (soc = shim_word(words, 1); *soc; soc = shim_word(soc, 1))
            if ((!found || strcmp(soc, found) < 0) && shim_compatible(board->tree, SHIM_ROOT, soc)) {
                found = soc;
                where = words;
            }
    return found ? shim_say(board->arena, "; boards with %s have RAM at %s", found, where) : "";
}

static enum shim_code refuse(const struct shim_board *board, struct shim_error *error,
                             const char *what)
{
    const char *remedy = shim_say(board->arena, "give base and size of each bank, as in "
                                  "--ram 0x80000000:2G%s", shim_ram_hint(board));

    return shim_fail(error, SHIM_E_POLICY, "policy", "ram", remedy, "%s", what);
}

static enum shim_code refuse_bases(const struct shim_board *board, const struct bases *bases,
                                   struct shim_error *error)
{
    if (bases->count)
        return refuse(board, error,
                      shim_say(board->arena, "is a size without a base, and the memory nodes have "
                               "0x%llx as well as 0x%llx", SHIM_X(bases->at[0]),
                               SHIM_X(bases->at[1])));
    return refuse(board, error, board->memory_node_count
                      ? "is a size without a base, and the memory node names none"
                      : "is a size without a base, and the tree has no memory node to name one");
}

/* ---- what is in the way ---------------------------------------------------------------- */

struct obstacle {
    uint32_t node;
    uint64_t at;
};

/* The nearest one at or after the base; one that contains the base is at the base. */
static void meet(struct obstacle *first, struct shim_range ram, uint32_t node,
                 struct shim_range range)
{
    uint64_t at = range.base > ram.base ? range.base : ram.base;

    if (range.size && shim_range_overlaps(range, ram) &&
        (first->node == SHIM_NONE || at < first->at))
        *first = (struct obstacle){ node, at };
}

/* One that contains the base means "everything", unless it is a PCI host's: its devices count. */
static void meet_windows(const struct shim_board *board, struct obstacle *first,
                         struct shim_range ram, uint32_t bus)
{
    struct shim_entries entries = shim_ranges_entries(board->tree, bus, SHIM_RANGES);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (entry.size && shim_bus_to_cpu(board->tree, board->tree->nodes[bus].parent, &entry.up) &&
            (entry.up > ram.base || shim_is_pci(board->tree, bus)))
            meet(first, ram, bus, shim_cut_range(entry.up, entry.size));
}

/* What describes memory is in it, and no device. */
static bool describes_memory(const struct shim_board *board, uint32_t node)
{
    return shim_off_limits(board, node) ||
           (board->tree->nodes[node].parent == SHIM_ROOT &&
            (shim_node_named(board->tree, node, "chosen") ||
             shim_node_named(board->tree, node, "hypervisor")));
}

/* Disabled ones, too: they are there. */
static struct obstacle first_obstacle(const struct shim_board *board, struct shim_range ram)
{
    const struct shim_tree *tree = board->tree;
    struct obstacle first = { .node = SHIM_NONE };
    struct shim_entries entries;
    struct shim_range at;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        if (describes_memory(board, node)) {
            node = tree->nodes[node].past - 1;
            continue;
        }
        entries = shim_reg_entries(tree, node);
        while (shim_next_reg(tree, node, &entries, &at))
            meet(&first, ram, node, at);
        if (shim_prop(tree, node, SHIM_RANGES).len)
            meet_windows(board, &first, ram, node);
    }
    return first;
}

static void note_cut(struct shim_board *board, struct shim_range ram, uint64_t size, uint32_t node)
{
    shim_add_note(&board->notes, board->arena, (struct shim_note){
        .kind = SHIM_WARNING, .pass = SHIM_PASS_MEMORY, .node = node,
        .what = shim_say(board->arena, "RAM is cut at 0x%llx: %s of the %s that was given is below "
                         "that", SHIM_X(shim_range_end(ram)), SHIM_SIZE(ram.size),
                         SHIM_SIZE(size)),
        .reason = "the tree has a device or a bus window there; only firmware knows where the rest "
                  "is: --live on the board, or base and size of each bank in ram" });
}

static void keep_off(struct shim_board *board, const struct kept *kept)
{
    if (!shim_compatible(board->tree, SHIM_ROOT, kept->soc) ||
        !shim_ranges_holding(&board->ram, kept->at))
        return;
    shim_ranges_remove(&board->ram, kept->at);
    shim_add_note(&board->notes, board->arena, (struct shim_note){
        .kind = SHIM_FINDING, .pass = SHIM_PASS_MEMORY, .node = SHIM_NONE,
        .what = shim_say(board->arena, "0x%llx-0x%llx is not counted as RAM", SHIM_X(kept->at.base),
                         SHIM_X(shim_range_end(kept->at) - 1)),
        .reason = kept->why });
}

/* ---- RAM ------------------------------------------------------------------------------------ */

static enum shim_code refuse_place(const struct shim_board *board, const struct obstacle *first,
                                   struct shim_error *error)
{
    return refuse(board, error,
                  shim_say(board->arena, "is a size without a base, and at 0x%llx, which the "
                           "memory node names, the tree has %s", SHIM_X(first->at),
                           SHIM_PATH(board->tree, first->node)));
}

uint64_t shim_ram_before_devices(const struct shim_board *board, struct shim_range ram)
{
    struct obstacle first = first_obstacle(board, ram);

    return first.node == SHIM_NONE ? ram.size
                                   : shim_align_down(first.at - ram.base, PAGE);
}

enum shim_code shim_place_ram(struct shim_board *board, uint64_t size, struct shim_error *error)
{
    struct bases bases = find_bases(board);
    struct obstacle first;
    struct shim_range ram;

    if (bases.count != 1)
        return refuse_bases(board, &bases, error);
    ram = shim_cut_range(bases.at[0], size);
    first = first_obstacle(board, ram);
    if (first.node != SHIM_NONE) {
        ram.size = shim_align_down(first.at, PAGE) - ram.base;
        if (first.at < ram.base + PAGE)
            return refuse_place(board, &first, error);
        note_cut(board, ram, size, first.node);
    }
    board->ram.count = 0;
    shim_ranges_add(&board->ram, ram);
    for (unsigned i = 0; i < sizeof(firmwares) / sizeof(firmwares[0]); i++)
        keep_off(board, &firmwares[i]);
    return SHIM_OK;
}
