// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A payload where none is named: of usual size, where a boot loader likes to put things. */
#include "shim/job/forecast.h"
#include "shim/model/entry.h"
#include "shim/xen/modules.h"

#define MIB ((uint64_t)1 << 20)

/* The highest place below `limit`, which is taken out of the set; false: there is none. */
static bool take_top(struct shim_ranges *free, uint64_t limit, struct shim_range *at)
{
    for (uint32_t i = free->count; i-- > 0;) {
        uint64_t end = shim_range_end(free->at[i]);

        end = end < limit ? end : limit;
        if (end < at->size || shim_align_down(end - at->size, 2 * MIB) < free->at[i].base)
            continue;
        at->base = shim_align_down(end - at->size, 2 * MIB);
        return shim_ranges_remove(free, *at);
    }
    return false;
}

static bool take_place(struct shim_ranges *free, const struct shim_facts *facts,
                       struct shim_range *at)
{
    uint64_t below = shim_entry_row(facts->entry)->loads_below;

    return (below && take_top(free, below, at)) || take_top(free, UINT64_MAX, at);
}

/* What it takes in RAM: Xen has its bss behind what is loaded. */
static struct shim_range taken_by(const struct shim_facts *facts,
                                  const struct shim_payload_part *part)
{
    struct shim_range at = part->at;

    if (part->kind == SHIM_MODULE_XEN)
        at.size = shim_hypervisor_room(facts, at.size);
    return at;
}

static void place(struct shim_ranges *free, const struct shim_facts *facts,
                  struct shim_payload_part *part)
{
    struct shim_range at = taken_by(facts, part);

    if (take_place(free, facts, &at))
        part->at.base = at.base;
}

static bool keep_off_placed(struct shim_ranges *free, const struct shim_facts *facts)
{
    bool fits = shim_ranges_remove(free, facts->tree);

    for (uint32_t i = 0; fits && i < facts->payload_count; i++)
        if (facts->payload[i].at.base)
            fits = shim_ranges_remove(free, taken_by(facts, &facts->payload[i]));
    return fits;
}

/* What the firmware had in use when it told its map. */
static bool keep_off_used(struct shim_ranges *free, const struct shim_facts *facts)
{
    bool fits = true;

    for (uint32_t i = 0; fits && i < facts->in_use_count; i++)
        fits = shim_ranges_remove(free, facts->in_use[i]);
    return fits;
}

static bool free_ram(struct shim_ranges *free, struct shim_job *job)
{
    const struct shim_facts *facts = &job->facts;

    return !job->no_ram.code &&
           shim_ranges_copy(free, &job->board.ram, &job->arena,
                            job->board.reserved.count + facts->in_use_count +
                                2 * SHIM_PAYLOAD_MAX + 2) &&
           shim_ranges_remove_all(free, &job->board.reserved) && keep_off_used(free, facts) &&
           keep_off_placed(free, facts);
}

static bool has_part(const struct shim_facts *facts, enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < facts->payload_count; i++)
        if (facts->payload[i].kind == kind)
            return true;
    return false;
}

static bool is_unplaced(const struct shim_payload_part *part)
{
    return part->assumed && !part->at.base;
}

static void drop(struct shim_facts *facts, uint32_t part)
{
    for (facts->payload_count--; part < facts->payload_count; part++)
        facts->payload[part] = facts->payload[part + 1];
}

static void drop_unplaced(struct shim_facts *facts)
{
    for (uint32_t i = facts->payload_count; i-- > 0;)
        if (is_unplaced(&facts->payload[i]))
            drop(facts, i);
}

/* Beside a payload that is known in part there need not be a ramdisk; a record says if there is. */
static bool needs_no_ramdisk(const struct shim_job *job)
{
    return has_part(&job->facts, SHIM_MODULE_KERNEL) ||
           (shim_record_place(&job->record, SHIM_MODULE_KERNEL).size &&
            !shim_record_place(&job->record, SHIM_MODULE_RAMDISK).size);
}

/* What a plan had, or of usual size; of Xen a record says the room. */
static uint64_t size_of(const struct shim_job *job, enum shim_module_kind kind)
{
    uint64_t recorded = shim_record_place(&job->record, kind).size;

    if (kind == SHIM_MODULE_XEN)
        recorded = shim_hypervisor_file(recorded);
    return recorded ? recorded : shim_assumed_on(&job->board, kind);
}

static bool names_xen(const struct shim_job *job)
{
    struct shim_range at;

    return shim_entry_row(job->facts.entry)->keeps_places &&
           shim_find_module(&job->tree, "dtshim,hypervisor", &at);
}

static void add_missing(struct shim_job *job)
{
    static const enum shim_module_kind kinds[] = { SHIM_MODULE_XEN, SHIM_MODULE_KERNEL,
                                                   SHIM_MODULE_RAMDISK };
    struct shim_facts *facts = &job->facts;
    bool bare = needs_no_ramdisk(job), named = names_xen(job);

    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (has_part(facts, kinds[i]) || (kinds[i] == SHIM_MODULE_RAMDISK && bare) ||
            (kinds[i] == SHIM_MODULE_XEN && named))
            continue;
        facts->payload[facts->payload_count++] = (struct shim_payload_part){
            .kind = kinds[i], .assumed = true, .at = { 0, size_of(job, kinds[i]) } };
    }
}

/* Where a plan had it; what is larger than it was then goes elsewhere. */
static void take_recorded(struct shim_job *job)
{
    struct shim_facts *facts = &job->facts;
    struct shim_range tree = shim_record_place(&job->record, SHIM_MODULE_TREE);

    for (uint32_t i = 0; i < facts->payload_count; i++) {
        struct shim_range at = shim_record_place(&job->record, facts->payload[i].kind);

        if (is_unplaced(&facts->payload[i]) && facts->payload[i].at.size <= at.size)
            facts->payload[i].at.base = at.base;
    }
    if (!facts->tree.base && tree.size)
        facts->tree = tree;
}

void shim_job_assume(struct shim_job *job)
{
    struct shim_facts *facts = &job->facts;
    struct shim_range tree = { 0, SHIM_XEN_TREE_MAX };
    struct shim_ranges free;

    if (!shim_names_kernel(&job->tree))
        add_missing(job);
    if (shim_entry_row(facts->entry)->keeps_places)
        take_recorded(job);
    if (!shim_names_kernel(&job->tree) && free_ram(&free, job)) {
        if (!facts->tree.size && take_place(&free, facts, &tree))
            facts->tree = tree;
        for (uint32_t i = 0; i < facts->payload_count; i++)
            if (is_unplaced(&facts->payload[i]))
                place(&free, facts, &facts->payload[i]);
    }
    drop_unplaced(facts);
}
