// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/plan/record.h"

#include "shim/base/mem.h"

enum { PAIR = 16, ALL_PLACES = SHIM_PLACES * PAIR }; /* bytes: of a base and a size, of all */

#define VERSION        "version"
#define RELEASES       "xen-version"
#define DOM0_MEMORY    "dom0-memory"
#define MACHINE_BLOCK  "machine-block"
#define MACHINE_MEMORY "machine-memory"
#define OFFSET         "offset"
#define HYPERVISOR     "hypervisor"
#define MODULES        "modules"
#define PLACES         "load-places"
#define PAGES          "reserved-pages"
#define HEAP           "static-heap"
#define LINE           "xen-bootargs"
#define MASTERS        "masters"

/* ---- reading --------------------------------------------------------------------- */

static struct shim_range pair_at(struct shim_span pairs, size_t i)
{
    return (struct shim_range){ shim_be64(pairs.at + PAIR * i),
                                shim_be64(pairs.at + PAIR * i + 8) };
}

/* One pair or more, each of them with a size and an end; empty: they are not. */
static struct shim_span pairs_of(const struct shim_tree *tree, uint32_t record, const char *name)
{
    struct shim_span value = shim_prop_named(tree, record, name);

    if (value.len % PAIR)
        value.len = 0;
    for (size_t i = 0; i < value.len / PAIR; i++)
        if (!pair_at(value, i).size || shim_range_wraps(pair_at(value, i)))
            value.len = 0;
    return value;
}

static struct shim_range one_pair(const struct shim_tree *tree, uint32_t record, const char *name)
{
    struct shim_span value = pairs_of(tree, record, name);

    return value.len == PAIR ? pair_at(value, 0) : (struct shim_range){ 0, 0 };
}

/* Several have to be in order, and apart. */
static void read_dom0(struct shim_record *record, const struct shim_tree *tree)
{
    uint64_t end = 0;

    record->banks = pairs_of(tree, record->node, DOM0_MEMORY);
    for (size_t i = 0; i < record->banks.len / PAIR; i++) {
        struct shim_range bank = pair_at(record->banks, i);

        if (i && bank.base < end) {
            record->dom0 = (struct shim_range){ 0, 0 };
            return;
        }
        record->dom0.base = i ? record->dom0.base : bank.base;
        record->dom0.size += bank.size;
        end = shim_range_end(bank);
    }
}

void shim_record_read(struct shim_record *record, const struct shim_tree *tree)
{
    uint32_t node = shim_node_at(tree, "/chosen/dtshim/record");
    struct shim_span offset;

    *record = (struct shim_record){ .node = node };
    if (node == SHIM_NONE)
        return;
    record->version = shim_string(shim_prop_named(tree, node, VERSION));
    record->releases = shim_string(shim_prop_named(tree, node, RELEASES));
    read_dom0(record, tree);
    record->blocks = pairs_of(tree, node, MACHINE_BLOCK);
    if (record->banks.len > PAIR && !shim_record_is_banked(record))
        record->dom0 = (struct shim_range){ 0, 0 };
    record->ram = pairs_of(tree, node, MACHINE_MEMORY);
    offset = shim_prop_named(tree, node, OFFSET);
    record->offset = offset.len == 8 ? shim_be64(offset.at) : 0;
    record->hypervisor = one_pair(tree, node, HYPERVISOR);
    record->modules = pairs_of(tree, node, MODULES);
    record->places = shim_prop_named(tree, node, PLACES);
    record->pages = pairs_of(tree, node, PAGES);
    record->heap = pairs_of(tree, node, HEAP);
    record->line = shim_prop_named(tree, node, LINE);
    record->masters = shim_prop_named(tree, node, MASTERS);
}

const uint8_t shim_placed_kinds[SHIM_PLACES] = { SHIM_MODULE_XEN, SHIM_MODULE_KERNEL,
                                               SHIM_MODULE_RAMDISK, SHIM_MODULE_TREE };

struct shim_range shim_record_place(const struct shim_record *record, enum shim_module_kind kind)
{
    for (unsigned i = 0; i < SHIM_PLACES && record->places.len == ALL_PLACES; i++)
        if (shim_placed_kinds[i] == kind && !shim_range_wraps(pair_at(record->places, i)))
            return pair_at(record->places, i);
    return (struct shim_range){ 0, 0 };
}

uint32_t shim_record_blocks(const struct shim_record *record, struct shim_range *blocks)
{
    uint32_t count = (uint32_t)(record->blocks.len / PAIR);
    uint64_t left = record->dom0.size;

    blocks[0] = record->dom0;
    if (!record->blocks.at)
        return left != 0;
    for (uint32_t i = 0; i < count; i++) {
        struct shim_range block = pair_at(record->blocks, i);

        if (block.size > left || i == SHIM_BLOCKS_MAX)
            return 0;
        blocks[i] = block;
        left -= block.size;
    }
    return left ? 0 : count;
}

bool shim_record_is_banked(const struct shim_record *record)
{
    return record->banks.len > PAIR && record->banks.len == record->blocks.len &&
           !memcmp(record->banks.at, record->blocks.at, record->banks.len);
}

bool shim_record_holds(const struct shim_record *record, struct shim_range range)
{
    for (size_t i = 0; i < record->ram.len / PAIR; i++)
        if (shim_range_contains(pair_at(record->ram, i), range))
            return true;
    return false;
}

bool shim_record_meets(const struct shim_record *record, struct shim_range range)
{
    for (size_t i = 0; i < record->ram.len / PAIR; i++)
        if (shim_range_overlaps(pair_at(record->ram, i), range))
            return true;
    return false;
}

/* ---- writing --------------------------------------------------------------------- */

static void put_list(struct shim_edits *edits, struct shim_cursor to, const char *name,
                     struct shim_span list)
{
    if (list.len)
        shim_put(edits, to, name, list.at, list.len);
}

void shim_record_write(const struct shim_record *record, struct shim_edits *edits,
                       struct shim_cursor policy)
{
    struct shim_cursor to = shim_open(edits, policy, "record");

    shim_put_string(edits, to, VERSION, record->version);
    if (record->releases)
        shim_put_string(edits, to, RELEASES, record->releases);
    shim_put_string(edits, to, "layout", record->layout);
    put_list(edits, to, DOM0_MEMORY, record->banks);
    put_list(edits, to, MACHINE_BLOCK, record->blocks);
    put_list(edits, to, MACHINE_MEMORY, record->ram);
    shim_put_u64(edits, to, OFFSET, record->offset);
    shim_put_string(edits, to, "coverage", record->coverage);
    if (record->hypervisor.size)
        shim_put_ranges(edits, to, HYPERVISOR, &record->hypervisor, 1);
    put_list(edits, to, MODULES, record->modules);
    put_list(edits, to, PLACES, record->places);
    put_list(edits, to, PAGES, record->pages);
    put_list(edits, to, HEAP, record->heap);
    put_list(edits, to, LINE, record->line);
    put_list(edits, to, MASTERS, record->masters);
    put_list(edits, to, "reserved-memory", record->moved);
    put_list(edits, to, "dma", record->dma);
    put_list(edits, to, "devices", record->devices);
    put_list(edits, to, "lost", record->lost);
    put_list(edits, to, "decisions", record->decisions);
    shim_close(edits, to);
}
