// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/recognise.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/job/decide.h"
#include "shim/plan/unplanned.h"
#include "shim/plan/write.h"
#include "shim/xen/modules.h"

static const char remedy[] = "start from the original tree: this one no longer holds what its "
                             "record promises";

static bool is_for_xen(const struct shim_job *job)
{
    return shim_policy_for(&job->policy, SHIM_CONTRACT_XEN);
}

static struct shim_range pair_at(struct shim_span pairs, size_t i)
{
    return (struct shim_range){ shim_be64(pairs.at + 16 * i), shim_be64(pairs.at + 16 * i + 8) };
}

static size_t pair_count(struct shim_span pairs)
{
    return pairs.at ? pairs.len / 16 : 0;
}

static bool same(struct shim_range a, struct shim_range b)
{
    return a.base == b.base && a.size == b.size;
}

static bool holds(struct shim_span pairs, struct shim_range range)
{
    for (size_t i = 0; i < pair_count(pairs); i++)
        if (shim_range_contains(pair_at(pairs, i), range))
            return true;
    return false;
}

/* ---- what was asked for ------------------------------------------------------------------ */

/* The policy in the tree is the one of its record, unless somebody has changed it since. */
static enum shim_code check_asked(const struct shim_job *job, struct shim_error *error)
{
    static const uint8_t sizes[] = { SHIM_POLICY_DOM0_MEM, SHIM_POLICY_DOM0_BASE };
    const uint64_t made[] = { job->record.dom0.size, job->record.dom0.base };

    for (uint32_t i = 0; i < sizeof(sizes); i++)
        if (shim_policy_has(&job->policy, sizes[i]) && job->policy.value[sizes[i]] != made[i])
            return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim",
                             shim_policy_table[sizes[i]].name, remedy,
                             "asks for 0x%llx, but in the record dom0 has 0x%llx",
                             SHIM_X(job->policy.value[sizes[i]]), SHIM_X(made[i]));
    return SHIM_OK;
}

/* ---- memory ------------------------------------------------------------------------------ */

/* As the survey of RAM read it: in the root's cells, whatever kind of bus that calls itself. */
static struct shim_entries memory_entries(const struct shim_tree *tree, uint32_t node)
{
    struct shim_cells cells = shim_cells(tree, SHIM_ROOT);

    return (struct shim_entries){ .child = cells.address, .size = cells.size,
                                  .rest = shim_prop(tree, node, SHIM_REG) };
}

/* What the memory nodes say, whatever else the policy says of RAM. False: no memory. */
static bool read_ram(const struct shim_job *job, struct shim_ranges *ram,
                     struct shim_arena *scratch)
{
    const struct shim_board *board = &job->board;
    uint32_t most = 1;
    bool room;

    for (uint32_t i = 0; i < board->memory_node_count; i++)
        most += (uint32_t)(shim_prop(&job->tree, board->memory_nodes[i], SHIM_REG).len / 8);
    room = shim_ranges_init(ram, scratch, most);
    for (uint32_t i = 0; room && !job->no_ram.code && i < board->memory_node_count; i++) {
        struct shim_entries entries = memory_entries(&job->tree, board->memory_nodes[i]);
        struct shim_entry entry;

        while (room && shim_next_entry(&entries, &entry))
            room = shim_ranges_collect(ram, shim_cut_range(entry.address, entry.size));
    }
    if (room)
        shim_ranges_settle(ram);
    return room;
}

/* Under native the memory nodes are dom0's memory. */
static bool is_as_recorded(const struct shim_job *job, const struct shim_ranges *ram)
{
    struct shim_span recorded = job->record.ram;

    if (!is_for_xen(job))
        return ram->count == 1 && same(ram->at[0], job->record.dom0);
    if (ram->count != pair_count(recorded))
        return false;
    for (uint32_t i = 0; i < ram->count; i++)
        if (!same(ram->at[i], pair_at(recorded, i)))
            return false;
    return true;
}

static enum shim_code check_ram(struct shim_job *job, struct shim_error *error)
{
    struct shim_arena scratch = job->arena;
    struct shim_ranges ram;
    struct shim_range first = { 0, 0 };

    if (!read_ram(job, &ram, &scratch))
        return shim_no_room_for_map(error);
    if (!job->no_ram.code && is_as_recorded(job, &ram))
        return SHIM_OK;
    if (ram.count)
        first = ram.at[0];
    return shim_fail(error, SHIM_E_RECORD, SHIM_PATH(&job->tree, shim_memory_node(&job->board)),
                     "reg", remedy, "RAM has changed since the tree was rewritten: now %u banks, "
                     "the first at 0x%llx with %s", ram.count, SHIM_X(first.base),
                     SHIM_SIZE(first.size));
}

static enum shim_code check_block(struct shim_job *job, struct shim_range block,
                                  struct shim_error *error)
{
    const struct shim_board *board = &job->board;
    bool held = is_for_xen(job) ? shim_ranges_holding(&board->ram, block) != NULL
                                : shim_record_holds(&job->record, block);
    uint32_t who;

    if (!held)
        return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", "machine-block", remedy,
                         "dom0's block 0x%llx-0x%llx is not RAM", SHIM_X(block.base),
                         SHIM_X(shim_range_end(block) - 1));
    if (!is_for_xen(job) || !shim_ranges_meeting(&board->reserved, block))
        return SHIM_OK;
    who = shim_reserver_of(board, block);
    return shim_fail(error, SHIM_E_RECORD,
                     who == SHIM_NONE ? "/memreserve/" : SHIM_PATH(&job->tree, who), NULL, remedy,
                     "reserves part of dom0's block 0x%llx-0x%llx", SHIM_X(block.base),
                     SHIM_X(shim_range_end(block) - 1));
}

static enum shim_code check_blocks(struct shim_job *job, struct shim_error *error)
{
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count = shim_record_blocks(&job->record, blocks);
    enum shim_code code = SHIM_OK;

    if (!count)
        return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", "dom0-memory", remedy,
                         "does not give dom0's memory");
    for (uint32_t i = 0; !code && i < count; i++)
        code = check_block(job, blocks[i], error);
    return code;
}

/* ---- what keeps Xen's allocator from all else ---------------------------------------------- */

static bool is_reserved(const struct shim_tree *tree, struct shim_range page)
{
    for (uint32_t i = 0; i < tree->reserve_count; i++)
        if (same(shim_reserve_at(tree, i), page))
            return true;
    return false;
}

static enum shim_code check_pages(struct shim_job *job, struct shim_error *error)
{
    for (size_t i = 0; i < pair_count(job->record.pages); i++)
        if (!is_reserved(&job->tree, pair_at(job->record.pages, i)))
            return shim_fail(error, SHIM_E_RECORD, "/memreserve/", NULL, remedy,
                             "the page at 0x%llx is no longer reserved",
                             SHIM_X(pair_at(job->record.pages, i).base));
    return SHIM_OK;
}

static struct shim_span chosen_prop(const struct shim_job *job, enum shim_name name)
{
    uint32_t chosen = shim_child(&job->tree, SHIM_ROOT, "chosen");

    return shim_prop(&job->tree, chosen, name); /* the record stands in it */
}

static enum shim_code differs(const char *property, const char *what, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_RECORD, "/chosen", property, remedy, "%s", what);
}

/* Its entries are the recorded ones, which are cut where one cell cannot say their size. */
static bool is_heap_as_recorded(const struct shim_job *job)
{
    struct shim_cells cells = shim_cells(&job->tree, SHIM_ROOT);
    struct shim_entries entries = { .child = cells.address, .size = cells.size,
                                    .rest = chosen_prop(job, SHIM_STATIC_HEAP) };
    struct shim_entry entry;
    uint64_t left = 0;

    for (size_t i = 0; i < pair_count(job->record.heap); i++)
        left += pair_at(job->record.heap, i).size;
    while (shim_next_entry(&entries, &entry)) {
        if (!holds(job->record.heap, shim_cut_range(entry.address, entry.size)))
            return false;
        left -= entry.size;
    }
    return !left;
}

static bool equal(struct shim_span a, struct shim_span b)
{
    return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static enum shim_code check_chosen(struct shim_job *job, struct shim_error *error)
{
    if (!is_for_xen(job))
        return SHIM_OK;
    if (!equal(chosen_prop(job, SHIM_XEN_BOOTARGS), job->record.line))
        return differs("xen,xen-bootargs", "Xen's command line has changed", error);
    if (!is_heap_as_recorded(job))
        return differs("xen,static-heap", "Xen's static heap has changed", error);
    if (job->record.modules.at && chosen_prop(job, SHIM_INITRD_START).at)
        return differs("linux,initrd-start", "a ramdisk was added", error);
    return SHIM_OK;
}

/* ---- modules ------------------------------------------------------------------------------- */

static bool is_recorded(const struct shim_job *job, struct shim_range module)
{
    for (size_t i = 0; i < pair_count(job->record.modules); i++)
        if (same(pair_at(job->record.modules, i), module))
            return true;
    return false;
}

/* Where the payload was not known there is nothing to compare, and no place is proven. */
static enum shim_code check_modules(struct shim_job *job, struct shim_error *error)
{
    size_t count = 0;

    if (!is_for_xen(job))
        return SHIM_OK;
    for (uint32_t node = shim_next_host_module(&job->tree, SHIM_NONE); node != SHIM_NONE;
         node = shim_next_host_module(&job->tree, node), count++) {
        struct shim_range at = { 0, 0 };

        if (!shim_module_range(&job->tree, node, &at) || !is_recorded(job, at))
            return shim_fail(error, SHIM_E_RECORD, SHIM_PATH(&job->tree, node), "reg", remedy,
                             "0x%llx, %llu bytes: no module was there when the tree was rewritten",
                             SHIM_X(at.base), SHIM_X(at.size));
    }
    if (count == pair_count(job->record.modules))
        return SHIM_OK;
    return differs(NULL, "a module that was there when the tree was rewritten is gone", error);
}

/* ---- tags ---------------------------------------------------------------------------------- */

static uint32_t next_tag(const struct shim_tree *tree, uint32_t node)
{
    while (node < tree->node_count &&
           !(shim_prop(tree, node, SHIM_XEN_DMA_SAFE).at && shim_tags_count(tree, node)))
        node++;
    return node;
}

static enum shim_code check_tags(struct shim_job *job, struct shim_error *error)
{
    uint32_t node = next_tag(&job->tree, SHIM_ROOT);
    enum shim_code code;

    if (node == job->tree.node_count)
        return SHIM_OK;
    code = shim_find_told(job, false, error);
    if (!code)
        code = shim_survey_iommus(&job->board, error);
    for (; !code && node < job->tree.node_count; node = next_tag(&job->tree, node + 1))
        if (job->board.dma[node] != SHIM_DMA_PROTECTED)
            return shim_fail(error, SHIM_E_RECORD, SHIM_PATH(&job->tree, node), "xen-dma-safe",
                             remedy, "nothing proves that its DMA is protected");
    return code;
}

/* ---- what has come since -------------------------------------------------------------------- */

static enum shim_code check_devices(struct shim_job *job, struct shim_error *error)
{
    uint32_t node = shim_next_unplanned(&job->record, &job->tree, &job->policy, SHIM_ROOT);

    if (node == SHIM_NONE)
        return SHIM_OK;
    return shim_fail(error, SHIM_E_RECORD, SHIM_PATH(&job->tree, node), NULL,
                     "start from the original tree: merge overlays before it is rewritten",
                     SHIM_UNPLANNED);
}

/* Not inlined: its paths need not lie below a plan on the stack. */
__attribute__((noinline))
enum shim_code shim_check_record(struct shim_job *job, struct shim_error *error)
{
    enum shim_code code = check_ram(job, error);

    if (!code)
        code = check_blocks(job, error);
    if (!code)
        code = check_asked(job, error);
    if (!code)
        code = check_pages(job, error);
    if (!code)
        code = check_chosen(job, error);
    if (!code)
        code = check_modules(job, error);
    if (!code)
        code = check_devices(job, error);
    return code ? code : check_tags(job, error);
}
