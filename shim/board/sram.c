// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * sram: how may the hypervisor map on-chip memory?
 *
 * By its outer regions, in whole pages; each page gets the strictest type of
 * all parts in it. Linux maps an mmio-sram write-combining unless it has
 * no-memory-wc (drivers/misc/sram.c, 6.1); a second stage that is stricter than
 * that breaks the guest, one that is laxer lets it speculate.
 *
 * Bindings: sram/sram.yaml, sram/nvidia,tegra*-sysram, soc/qcom/rpm-msg-ram.yaml.
 */
#include "shim/board/board.h"
#include "shim/fdt/address.h"

static const struct shim_row srams[] = {
    SHIM_ROW("atmel,sama5d2-securam"), SHIM_ROW("mmio-sram"), SHIM_ROW("nvidia,tegra186-sysram"),
    SHIM_ROW("nvidia,tegra194-sysram"), SHIM_ROW("nvidia,tegra234-sysram"),
    SHIM_ROW("qcom,rpm-msg-ram"),
};

/*
 * Not even speculation may touch what is not a sub-allocation of the Tegra ones
 * (map_only_reserved); the driver of the message RAM maps it as a device.
 */
static const char device_srams[] = "nvidia,tegra*-sysram\0qcom,rpm-msg-ram\0";

/* Mailbox memory that Linux maps as a device (scmi/shmem.c, scpi.c: devm_ioremap). */
static const char device_pieces[] =
    "arm,scmi-shmem\0arm,scp-shmem\0arm,juno-scp-shmem\0amlogic,meson-gxbb-scp-shmem\0"
    "amlogic,meson-gxl-scp-shmem\0amlogic,meson-axg-scp-shmem\0";

/* What is being gathered: pages of each type, before the stricter win. */
struct sheet {
    struct shim_board *board;
    const uint8_t *told; /* of each node, its type in the policy and 1; NULL: the policy has none */
    struct shim_ranges pages[SHIM_MEMORY_TYPES];
    bool full;
};

static void warn(struct shim_board *board, uint32_t node, const char *what, const char *reason)
{
    shim_add_note(&board->notes, board->arena,
                  (struct shim_note){ .kind = SHIM_WARNING, .pass = SHIM_PASS_SRAM, .node = node,
                                      .what = what, .reason = reason });
}

static void say_of_device(struct shim_board *board, uint32_t node, const char *what,
                          const char *reason)
{
    shim_add_note(&board->notes, board->arena,
                  (struct shim_note){ .kind = SHIM_FINDING, .pass = SHIM_PASS_SRAM, .node = node,
                                      .device = true, .detail = true, .what = what, .reason = reason });
}

/* ---- types ----------------------------------------------------------------------- */

/* What policy or tree state explicitly. */
static bool explicit_type(const struct sheet *sheet, uint32_t node, enum shim_memory_type *type)
{
    const char *word = shim_string(shim_prop(sheet->board->tree, node, SHIM_MEMORY_TYPE));

    if (!sheet->told || !sheet->told[node])
        return word && shim_memory_type_of(word, type);
    *type = sheet->told[node] - 1u;
    return true;
}

static enum shim_memory_type type_of_sram(const struct sheet *sheet, uint32_t node)
{
    const struct shim_tree *tree = sheet->board->tree;
    enum shim_memory_type type;

    if (explicit_type(sheet, node, &type))
        return type;
    if (shim_has_known(tree, node, SHIM_NO_MEMORY_WC) ||
        shim_compatible_one(tree, node, device_srams))
        return SHIM_DEVICE_NGNRE;
    return SHIM_NORMAL_NC;
}

static enum shim_memory_type type_of_piece(const struct sheet *sheet, uint32_t node,
                                           enum shim_memory_type outer)
{
    enum shim_memory_type type;

    if (explicit_type(sheet, node, &type))
        return type;
    if (shim_compatible_one(sheet->board->tree, node, device_pieces))
        return SHIM_DEVICE_NGNRE;
    return shim_has_known(sheet->board->tree, node, SHIM_PROTECT_EXEC) ? SHIM_NORMAL_NC : outer;
}

/* ---- regions and pieces ------------------------------------------------------------- */

/* reg[0] as the CPU sees it: the one entry that Linux looks at. */
static bool first_range(const struct shim_tree *tree, uint32_t node, struct shim_range *range)
{
    struct shim_entries entries = shim_reg_entries(tree, node);
    struct shim_entry entry;

    return shim_next_entry(&entries, &entry) && shim_reg_to_cpu(tree, node, &entry, range);
}

static void add_pages(struct sheet *sheet, struct shim_range range, enum shim_memory_type type)
{
    if (range.size && !shim_ranges_collect(&sheet->pages[type], shim_whole_pages(range)))
        sheet->full = true;
}

static void note_piece(struct shim_board *board, uint32_t piece, struct shim_range own,
                       struct shim_range outer, const struct shim_ranges *rest)
{
    const struct shim_range *free = shim_ranges_holding(rest, own);

    if (!shim_range_contains(outer, own))
        warn(board, piece, "is outside the SRAM that it is a part of",
                  "Linux rejects all of this SRAM; what is inside counts");
    else if (!free)
        warn(board, piece, "overlaps another part of the same SRAM",
                  "Linux rejects all of this SRAM; pages of both have the stricter type");
}

/* The children take their bytes out of `rest`; disabled ones are not sub-allocations. */
static void add_pieces(struct sheet *sheet, uint32_t sram, struct shim_range outer,
                       struct shim_ranges *rest)
{
    const struct shim_tree *tree = sheet->board->tree;
    enum shim_memory_type type = type_of_sram(sheet, sram);
    struct shim_range piece;

    for (uint32_t child = shim_first_child(tree, sram); child != SHIM_NONE;
         child = shim_next_child(tree, child)) {
        if (!shim_has_known(tree, child, SHIM_REG) || !shim_available(tree, child))
            continue;
        if (!first_range(tree, child, &piece)) {
            warn(sheet->board, child, "has no address in this SRAM",
                      "the ranges above do not cover its reg; Linux rejects all of this SRAM");
            continue;
        }
        note_piece(sheet->board, child, piece, outer, rest);
        piece = shim_range_common(piece, outer);
        add_pages(sheet, piece, type_of_piece(sheet, child, type));
        if (!shim_ranges_remove(rest, piece))
            sheet->full = true;
    }
    for (uint32_t i = 0; i < rest->count; i++)
        add_pages(sheet, rest->at[i], type);
}

static uint32_t child_count(const struct shim_tree *tree, uint32_t node)
{
    uint32_t count = 0;

    for (uint32_t child = shim_first_child(tree, node); child != SHIM_NONE;
         child = shim_next_child(tree, child))
        count++;
    return count;
}

static void note_region(struct shim_board *board, const struct shim_sram_region *region)
{
    say_of_device(board, region->node,
                     shim_say(board->arena, "SRAM 0x%llx-0x%llx", SHIM_X(region->outer.base),
                              SHIM_X(shim_range_end(region->outer) - 1)),
                     "the hypervisor maps the outer region, the guest its parts");
    if (region->meets_ram)
        warn(board, region->node, "this SRAM is in RAM",
                  "mapping both maps one over the other: correct the memory node or the SRAM's "
                  "reg");
}

static void add_sram(struct sheet *sheet, uint32_t node)
{
    struct shim_board *board = sheet->board;
    struct shim_sram_region *region;
    struct shim_ranges rest;
    struct shim_range outer;

    if (!first_range(board->tree, node, &outer)) {
        say_of_device(board, node, "SRAM without an address",
                         "no reg with a size, or no ranges above it lead to the CPU");
        return;
    }
    region = shim_alloc(board->arena, 1, sizeof(*region));
    if (!region || !shim_ranges_init(&rest, board->arena, child_count(board->tree, node) + 2)) {
        sheet->full = true;
        return;
    }
    *region = (struct shim_sram_region){ NULL, node, outer, shim_meets_ram(board, outer) };
    *board->srams_end = region;
    board->srams_end = &region->next;
    note_region(board, region);
    shim_ranges_add(&rest, outer);
    add_pieces(sheet, node, outer, &rest);
}

/* ---- the interrupt controller ----------------------------------------------------------- */

/* Pages of laxer types in the range become the strictest. */
static void make_strictest(struct sheet *sheet, struct shim_range range)
{
    for (unsigned type = 1; type < SHIM_MEMORY_TYPES; type++) {
        const struct shim_range *met = shim_ranges_meeting(&sheet->pages[type], range);

        while (met && !sheet->full) {
            struct shim_range common = shim_range_common(*met, range);

            add_pages(sheet, common, SHIM_DEVICE_NGNRE);
            sheet->full = sheet->full || !shim_ranges_remove(&sheet->pages[type], common);
            met = shim_ranges_meeting(&sheet->pages[type], range);
        }
    }
}

/* Its registers are never laxer than a device's, whatever shares a page with them. */
static void add_controllers(struct sheet *sheet)
{
    const struct shim_tree *tree = sheet->board->tree;
    struct shim_entry entry;
    struct shim_range range;

    for (uint32_t node = 1; node < tree->node_count; node++) {
        struct shim_entries entries = { 0 };

        if (shim_has_known(tree, node, SHIM_INTERRUPT_CONTROLLER))
            entries = shim_reg_entries(tree, node);
        while (shim_next_entry(&entries, &entry))
            if (shim_reg_to_cpu(tree, node, &entry, &range))
                make_strictest(sheet, shim_whole_pages(range));
    }
}

/* ---- runs --------------------------------------------------------------------------------- */

/* A page belongs to the strictest type that has it. */
static void let_stricter_win(struct sheet *sheet)
{
    for (unsigned strict = 0; strict < SHIM_MEMORY_TYPES; strict++)
        for (unsigned lax = strict + 1; lax < SHIM_MEMORY_TYPES; lax++)
            if (!shim_ranges_remove_all(&sheet->pages[lax], &sheet->pages[strict]))
                sheet->full = true;
}

/* Which parts did not get the type that they have by themselves. */
static void note_stricter(struct sheet *sheet)
{
    const struct shim_tree *tree = sheet->board->tree;

    for (const struct shim_sram_region *sram = sheet->board->srams; sram; sram = sram->next)
        for (uint32_t child = shim_first_child(tree, sram->node); child != SHIM_NONE;
             child = shim_next_child(tree, child)) {
            enum shim_memory_type type =
                type_of_piece(sheet, child, type_of_sram(sheet, sram->node));
            struct shim_range own;

            if (shim_available(tree, child) && first_range(tree, child, &own) &&
                !shim_ranges_holding(&sheet->pages[type], own))
                say_of_device(sheet->board, child,
                                 shim_say(sheet->board->arena, "is not all mapped as %s",
                                          shim_memory_type_word(type)),
                                 "it shares pages with something stricter");
        }
}

/* The type with the lowest next pages; false at the end. */
static bool next_type(const struct sheet *sheet, const uint32_t *at, unsigned *lowest)
{
    bool found = false;

    for (unsigned type = 0; type < SHIM_MEMORY_TYPES; type++) {
        const struct shim_ranges *pages = &sheet->pages[type];

        if (at[type] == pages->count ||
            (found && pages->at[at[type]].base > sheet->pages[*lowest].at[at[*lowest]].base))
            continue;
        *lowest = type;
        found = true;
    }
    return found;
}

static bool list_runs(struct sheet *sheet)
{
    struct shim_board *board = sheet->board;
    uint32_t at[SHIM_MEMORY_TYPES] = { 0 }, count = 0;
    unsigned type = 0;

    for (unsigned i = 0; i < SHIM_MEMORY_TYPES; i++)
        count += sheet->pages[i].count;
    board->sram_runs = shim_alloc(board->arena, count, sizeof(*board->sram_runs));
    if (!board->sram_runs)
        return false;
    while (next_type(sheet, at, &type))
        board->sram_runs[board->sram_run_count++] =
            (struct shim_sram_run){ sheet->pages[type].at[at[type]++], type };
    return true;
}

/* Ranges that pages can fall into: each piece adds one and splits one; and where SRAMs end. */
static uint32_t upper_bound(const struct shim_board *board, uint32_t *past)
{
    uint32_t count = 4;

    *past = 0;
    for (uint32_t node = 1; node < board->tree->node_count; node++)
        if (SHIM_COMPATIBLE_ROW(board->tree, node, srams)) {
            count += 2 * child_count(board->tree, node) + 2;
            *past = node + 1;
        } else if (shim_has_known(board->tree, node, SHIM_INTERRUPT_CONTROLLER))
            count += (uint32_t)(shim_prop(board->tree, node, SHIM_REG).len / 4);
    return count;
}

enum shim_code shim_survey_srams(struct shim_board *board, struct shim_error *error)
{
    struct sheet sheet = { .board = board };
    enum shim_code code = shim_read_told_types(board, &sheet.told, error);
    uint32_t most, past;

    if (code)
        return code;
    most = upper_bound(board, &past);
    board->srams_end = &board->srams;
    for (unsigned type = 0; type < SHIM_MEMORY_TYPES; type++)
        sheet.full = !shim_ranges_init(&sheet.pages[type], board->arena, most) || sheet.full;
    for (uint32_t node = 1; !sheet.full && node < past; node++)
        if (SHIM_COMPATIBLE_ROW(board->tree, node, srams) && !shim_off_limits(board, node))
            add_sram(&sheet, node);
    for (unsigned type = 0; type < SHIM_MEMORY_TYPES; type++)
        shim_ranges_settle(&sheet.pages[type]);
    if (!sheet.full && board->srams)
        add_controllers(&sheet);
    if (!sheet.full)
        let_stricter_win(&sheet);
    if (sheet.full || !list_runs(&sheet))
        return shim_no_room(error, "for the map of on-chip memory");
    note_stricter(&sheet);
    return SHIM_OK;
}
