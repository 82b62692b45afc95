// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "board.h"

#include <libfdt.h>
#include <string.h>

#include "../fuzz.h"

enum { PAGE = 4096, CANARY = 8, MODULES = 10, IMAGE_AT = 56, ROOM_AT = 16, ZIMAGE_AT = 0x24,
       WHO_AT = 64, RELEASE_AT = 80 };

/* ---- reg ------------------------------------------------------------------------------- */

static uint64_t number(const uint8_t *at, int cells)
{
    uint64_t value = 0;

    while (cells-- > 0) {
        value = value << 32 | fdt32_ld((const fdt32_t *)at);
        at += 4;
    }
    return value;
}

/* The range of that number in reg; false: none, or cells that nobody has. */
static bool range_at(const void *tree, int node, int which, int address, int size,
                     struct shim_range *range)
{
    int len;
    const uint8_t *reg = fdt_getprop(tree, node, "reg", &len);

    if (!reg || address < 1 || address > 2 || size < 1 || size > 2 ||
        len < 4 * (which + 1) * (address + size))
        return false;
    reg += (size_t)(4 * which * (address + size));
    *range = (struct shim_range){ number(reg, address), number(reg + 4 * address, size) };
    return !shim_range_wraps(*range);
}

static bool reg_at(const void *tree, int node, int which, struct shim_range *range)
{
    int parent = fdt_parent_offset(tree, node);

    return range_at(tree, node, which, fdt_address_cells(tree, parent),
                    fdt_size_cells(tree, parent), range);
}

/* As Xen's early parser has them: from the next node above that says how many. */
static int inherited(const void *tree, int node, const char *cells, int otherwise)
{
    const fdt32_t *value;
    int len;

    while ((node = fdt_parent_offset(tree, node)) >= 0) {
        value = fdt_getprop(tree, node, cells, &len);
        if (value && len == 4)
            return (int)fdt32_ld(value);
    }
    return otherwise;
}

static bool module_reg(const void *tree, int node, struct shim_range *range)
{
    return range_at(tree, node, 0, inherited(tree, node, "#address-cells", 2),
                    inherited(tree, node, "#size-cells", 1), range);
}

static bool is_memory(const void *tree, int node)
{
    const char *name = fdt_get_name(tree, node, NULL);
    const char *type = fdt_getprop(tree, node, "device_type", NULL);

    return (type && !strcmp(type, "memory")) ||
           (name && !strncmp(name, "memory", 6) && (!name[6] || name[6] == '@'));
}

void board_banks(struct machine *machine, const void *tree, size_t len)
{
    struct shim_range bank;
    int node;

    if (fuzz_libfdt_takes(tree, len))
        fdt_for_each_subnode(node, tree, 0)
            for (int i = 0; is_memory(tree, node) && reg_at(tree, node, i, &bank); i++)
                machine_bank(machine, bank);
    machine->invented = !machine->bank_count;
    if (machine->invented)
        machine_bank(machine, (struct shim_range){ 0x80000000, 0x40000000 });
}

/* ---- modules ---------------------------------------------------------------------------- */

/* The node behind it, below /chosen at any depth; -1: of all. Negative: no more. */
static int next_chosen(const void *tree, int node)
{
    int chosen = fdt_path_offset(tree, "/chosen"), depth = 0, at;

    if (chosen < 0)
        return -1;
    for (at = fdt_next_node(tree, chosen, &depth); at >= 0 && depth > 0;
         at = fdt_next_node(tree, at, &depth))
        if (at > node)
            return at;
    return -1;
}

static uint8_t *bytes_at(uint64_t address)
{
    return (uint8_t *)(uintptr_t)address;
}

static void write_head(uint8_t *at, uint8_t kind, unsigned who)
{
    static const uint64_t rooms[] = { 0x100000, 0x2000, 0x400000, 0, UINT64_MAX, 0x1000001 };

    memset(at, (int)who + 1, BOARD_HEAD);
    if (kind % 8 == 7)
        return; /* neither */
    if (kind % 8 == 6) {
        memcpy(at + ZIMAGE_AT, "\x18\x28\x6f\x01", 4);
        return;
    }
    memset(at, 0, WHO_AT);
    memcpy(at + ROOM_AT, &rooms[kind % 8], sizeof(rooms[0]));
    memcpy(at + IMAGE_AT, "ARM\x64", 4);
    memcpy(at + RELEASE_AT, kind & 8 ? "xen,xen-4.20" : "xen,xen-4.17", 13);
}

static void may_start(struct board *board, const uint8_t *head)
{
    if (board->hypervisor_count == BOARD_HYPERVISORS)
        board->untold = true;
    else
        memcpy(board->hypervisors[board->hypervisor_count++], head, BOARD_HEAD);
}

bool board_may_start(const struct board *board, const uint8_t *head)
{
    for (unsigned i = 0; i < board->hypervisor_count; i++)
        if (!memcmp(board->hypervisors[i], head, BOARD_HEAD))
            return true;
    return false;
}

/* Which of two is the one that counts is the model's matter, not that of this test. */
static bool is_hypervisor(const void *tree, int node)
{
    return fdt_node_check_compatible(tree, node, "dtshim,hypervisor") == 0;
}

static bool meets_stage(const struct machine *machine, const void *tree, int node)
{
    struct shim_range own = { machine->stage, machine->own }, at;

    return module_reg(tree, node, &at) && shim_range_overlaps(own, at);
}

static bool module_at(const struct machine *machine, const void *tree, int node,
                      struct shim_range *at)
{
    return module_reg(tree, node, at) && at->size >= BOARD_HEAD && machine_has(machine, *at);
}

/* All are written before one is looked at: two may lie in one place. */
static void write_modules(const struct machine *machine, const void *tree, const uint8_t *kinds)
{
    struct shim_range at;
    unsigned who = 0;

    for (int node = next_chosen(tree, -1); node >= 0 && who < MODULES; node = next_chosen(tree, node))
        if (module_at(machine, tree, node, &at)) {
            write_head(bytes_at(at.base), kinds[who], who);
            who++;
        }
}

/* Of a header alone nobody can say whose it is. */
static void take_hypervisor(struct board *board, const struct machine *machine, const void *tree,
                            int node)
{
    struct shim_range at;

    if (module_at(machine, tree, node, &at))
        may_start(board, bytes_at(at.base));
    else if (module_reg(tree, node, &at) && at.size < BOARD_HEAD)
        board->untold = true;
}

static bool take_modules(struct board *board, const struct machine *machine, const void *tree,
                         const uint8_t *kinds)
{
    for (int node = next_chosen(tree, -1); node >= 0; node = next_chosen(tree, node))
        if (meets_stage(machine, tree, node))
            return false;
    if (kinds)
        write_modules(machine, tree, kinds);
    for (int node = next_chosen(tree, -1); node >= 0; node = next_chosen(tree, node))
        if (!board->carried && is_hypervisor(tree, node))
            take_hypervisor(board, machine, tree, node);
    return true;
}

/* ---- the payload ------------------------------------------------------------------------- */

/* As mkimage puts it: in the tree or behind it. */
static const uint8_t *data_of(const void *fit, size_t len, int image)
{
    const fdt32_t *offset = fdt_getprop(fit, image, "data-offset", NULL);
    const fdt32_t *position = fdt_getprop(fit, image, "data-position", NULL);
    int data_len;
    const uint8_t *data = fdt_getprop(fit, image, "data", &data_len);
    uint64_t at;

    if (data && data_len > 0)
        return data_len >= BOARD_HEAD ? data : NULL;
    if (!offset && !position)
        return NULL;
    at = offset ? shim_align_up(fdt_totalsize(fit), 4) + fdt32_ld(offset) : fdt32_ld(position);
    return len >= BOARD_HEAD && at <= len - BOARD_HEAD ? (const uint8_t *)fit + at : NULL;
}

static void take_payload(struct board *board, const void *fit, size_t len)
{
    int all, boot, images, image = -1;
    const char *name;

    if (!fuzz_libfdt_takes(fit, len))
        return;
    all = fdt_path_offset(fit, "/configurations");
    name = all < 0 ? NULL : fdt_getprop(fit, all, "default", NULL);
    boot = all < 0 ? -1 : name ? fdt_subnode_offset(fit, all, name) : fdt_first_subnode(fit, all);
    name = boot < 0 ? NULL : fdt_getprop(fit, boot, "firmware", NULL);
    images = fdt_path_offset(fit, "/images");
    if (name && images >= 0)
        image = fdt_subnode_offset(fit, images, name);
    if (image >= 0 && data_of(fit, len, image))
        may_start(board, data_of(fit, len, image));
}

/* ---- reserved memory --------------------------------------------------------------------- */

static bool is_free(const struct machine *machine, const void *tree, struct shim_range range)
{
    struct shim_range own = { machine->stage, machine->own }, at;

    if (range.size < 2 * CANARY || !machine_has(machine, range) || shim_range_overlaps(own, range))
        return false;
    for (int node = next_chosen(tree, -1); node >= 0; node = next_chosen(tree, node))
        if (module_reg(tree, node, &at) && shim_range_overlaps(at, range))
            return false;
    return true;
}

static void take_reserved(struct board *board, const struct machine *machine, const void *tree)
{
    int all = fdt_path_offset(tree, "/reserved-memory"), node;
    struct shim_range at, pages;

    if (all < 0)
        return;
    fdt_for_each_subnode(node, tree, all) {
        if (!reg_at(tree, node, 0, &at) || !is_free(machine, tree, at) ||
            board->reserved_count == BOARD_RESERVED)
            continue;
        board->reserved[board->reserved_count++] = at;
        pages = (struct shim_range){ shim_align_up(at.base, PAGE), 0 };
        pages.size = shim_align_down(shim_range_end(at), PAGE) - pages.base;
        if (fdt_getprop(tree, node, "no-map", NULL) && pages.size && pages.size <= at.size)
            board->no_map[board->no_map_count++] = pages;
    }
}

static void mark_reserved(const struct board *board)
{
    for (unsigned i = 0; i < board->reserved_count; i++) {
        memset(bytes_at(board->reserved[i].base), 0xc5, CANARY);
        memset(bytes_at(shim_range_end(board->reserved[i]) - CANARY), 0xc5, CANARY);
    }
}

bool board_reserved_is_whole(const struct board *board)
{
    uint8_t canary[CANARY];

    memset(canary, 0xc5, CANARY);
    for (unsigned i = 0; i < board->reserved_count; i++)
        if (memcmp(bytes_at(board->reserved[i].base), canary, CANARY) ||
            memcmp(bytes_at(shim_range_end(board->reserved[i]) - CANARY), canary, CANARY))
            return false;
    return true;
}

bool board_take(struct board *board, const struct machine *machine, const void *tree, size_t len,
                const uint8_t *payload, size_t payload_len, const uint8_t *kinds)
{
    memset(board, 0, sizeof(*board));
    board->carried = payload_len;
    if (payload_len)
        take_payload(board, payload, payload_len);
    if (!fuzz_libfdt_takes(tree, len))
        return true;
    if (!take_modules(board, machine, tree, kinds))
        return false;
    take_reserved(board, machine, tree);
    mark_reserved(board);
    return true;
}

/* ---- a hand in it -------------------------------------------------------------------------- */

/* The n-th property of the node and all below it, or of what comes next in the tree. */
static uint8_t *property(void *tree, int node, unsigned n, int *len)
{
    int depth = 0, prop;

    for (; node >= 0 && depth >= 0; node = fdt_next_node(tree, node, &depth))
        fdt_for_each_property_offset(prop, tree, node)
            if (!n--)
                return (uint8_t *)(uintptr_t)fdt_getprop_by_offset(tree, prop, NULL, len);
    return NULL;
}

void board_tamper(void *tree, const uint8_t *choices)
{
    int node = fdt_path_offset(tree, choices[0] & 1 ? "/" : "/chosen"), len = 0;
    uint8_t *value;

    if (!choices[0] || node < 0)
        return;
    value = property(tree, node, (unsigned)choices[1] | (choices[0] & 2 ? choices[2] << 8 : 0u), &len);
    if (value && len > 0)
        value[choices[3] % len] = choices[4];
}
