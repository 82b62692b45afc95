// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/forecast.h"

#include "shim/job/firmware.h"
#include "shim/job/stub.h"
#include "shim/model/untold.h"
#include "shim/model/walked.h"
#include "shim/plan/memory.h"
#include "shim/plan/write.h"
#include "shim/xen/block.h"
#include "shim/xen/boot.h"
#include "shim/xen/image.h"
#include "shim/xen/modules.h"

/* ---- the tree ------------------------------------------------------------------------ */

/*
 * booti cuts what was free behind a tree that it boots with, up to the end of a page
 * (fdt_shrink_to_minimum()). What is left for sure is what the nodes of kernel and ramdisk
 * take: dom0's tree has none of them.
 */
enum { LOADER_ROOM = 208, PAGE = 4096 };

static size_t packed_size(const struct shim_job *job)
{
    struct shim_edits none;

    shim_edits_init(&none, &job->tree, NULL);
    return shim_splice_size(&none, 0);
}

/* What apply left free is there where its tree is booted as the plan says, behind booti. */
static uint32_t room_of(const struct shim_job *job)
{
    size_t packed;

    if (job->record.node == SHIM_NONE)
        return LOADER_ROOM;
    packed = packed_size(job);
    return job->tree.total > packed + LOADER_ROOM ? job->tree.total - (uint32_t)packed : LOADER_ROOM;
}

/* A stub cuts nothing of the tree that it copies. */
static uint32_t room_behind(const struct shim_job *job, const struct shim_edits *edits,
                            const struct shim_entry_row *entry)
{
    uint64_t total = shim_align_up((uint64_t)job->tree.total + entry->tree_more, PAGE);
    size_t packed = shim_splice_size(edits, 0);

    return total > packed ? (uint32_t)(total - packed) : 0;
}

static bool changes_nothing(const struct shim_edits *edits)
{
    return !edits->first && !edits->full && !edits->drop_reserves &&
           edits->reserve_count == edits->tree->reserve_count &&
           edits->strings_len == edits->tree->strings_len;
}

/* As a boot loader would: RAM that was told, and room for the nodes that it still writes. */
static enum shim_code fill_in(struct shim_job *job, struct shim_tree *filled, bool ram_told,
                              struct shim_error *error)
{
    const struct shim_entry_row *entry = shim_entry_row(job->facts.entry);
    const struct shim_ranges *ram = &job->board.ram;
    struct shim_edits edits;
    uint32_t room;
    size_t size, len;
    void *out;
    enum shim_code code;

    shim_edits_init(&edits, &job->tree, &job->arena);
    if (ram_told)
        shim_write_memory(&job->plan, &edits, ram->at, ram->count);
    if (entry->writes_chosen)
        shim_write_stub(&edits, &job->tree);
    room = entry->tree_more ? room_behind(job, &edits, entry) : room_of(job);
    size = shim_splice_size(&edits, room);
    if (changes_nothing(&edits) && size <= SHIM_BLOB_MAX) {
        *filled = job->tree;
        filled->total = (uint32_t)size; /* nobody reads the room behind it */
        return SHIM_OK;
    }
    out = shim_alloc(&job->arena, size, 1);
    if (!out)
        return shim_no_room(error, "for the tree with its RAM");
    code = shim_splice(&edits, room, out, size, &len, error);
    return code ? code : shim_tree_index(filled, out, len, SHIM_XEN_NAMES, &job->arena, error);
}

static enum shim_code take_tree(struct shim_job *job, struct shim_tree *tree,
                                struct shim_error *error)
{
    const struct shim_entry_row *entry = shim_entry_row(job->facts.entry);
    bool ram_told = entry->reads_memory && job->board.ram_told && !job->no_ram.code;

    if (ram_told || entry->tree_more || !shim_names_kernel(&job->tree))
        return fill_in(job, tree, ram_told, error);
    *tree = job->tree;
    return SHIM_OK;
}

/* What keeps it from being foretold, if anything. */
static const struct shim_error *trouble_of(const struct shim_job *job)
{
    if (job->unsound.code && job->unsound.code != SHIM_E_RECORD)
        return &job->unsound;
    if (job->record.node != SHIM_NONE)
        return NULL;
    if (job->told_ram.code)
        return &job->told_ram;
    if (job->no_ram.code == SHIM_E_POLICY || (job->no_ram.code && shim_ram_by_policy(&job->board)))
        return &job->no_ram; /* RAM that was told, and cannot be; a record's is not filled in */
    return NULL;
}

static enum shim_code look_at(struct shim_job *job, struct shim_booted *booted,
                              struct shim_error *error)
{
    bool same = booted->tree.nodes == job->tree.nodes;
    struct shim_xen_boot boot = shim_xen_boot_of(&job->tree, &job->policy, &job->facts);

    booted->kinds = same && job->kinds.of ? job->kinds
                                          : shim_xen_kinds(&boot, &booted->tree, &job->arena);
    booted->walked = shim_walked_new(&booted->tree, &booted->kinds, &job->arena);
    return booted->walked && booted->kinds.of ? SHIM_OK
                                              : shim_no_room(error, "for what Xen sees");
}

enum shim_code shim_job_boot(struct shim_job *job, struct shim_booted *booted,
                             struct shim_error *error)
{
    const struct shim_error *trouble = trouble_of(job);
    enum shim_code code;

    if (trouble) {
        *error = *trouble;
        return error->code;
    }
    code = take_tree(job, &booted->tree, error);
    return code ? code : look_at(job, booted, error);
}

/* ---- what is booted -------------------------------------------------------------------- */

static const struct shim_payload_part *part_of(const struct shim_facts *facts,
                                               enum shim_module_kind kind)
{
    for (uint32_t i = 0; i < facts->payload_count; i++)
        if (facts->payload[i].kind == kind)
            return &facts->payload[i];
    return NULL;
}

/* Xen with its bss; size 0: nobody says where it is. */
static struct shim_range xen_place(const struct shim_job *job)
{
    const struct shim_payload_part *part = part_of(&job->facts, SHIM_MODULE_XEN);
    struct shim_range at = { 0 };

    if (part)
        at = part->at;
    else if (!shim_entry_row(job->facts.entry)->keeps_places ||
             !shim_find_module(&job->tree, "dtshim,hypervisor", &at))
        return (struct shim_range){ 0 };
    at.size = shim_hypervisor_room(&job->facts, at.size);
    return at;
}

/* Neither a file nor anyone told its size. */
static bool is_assumed(const struct shim_job *job, const struct shim_payload_part *part)
{
    return part->assumed && (part->at.size == shim_assumed_size(part->kind) ||
                             part->at.size == shim_assumed_on(&job->board, part->kind));
}

/* The boot loader will write nodes for kernel and ramdisk, unless there are some. */
static uint32_t take_more(const struct shim_job *job, struct shim_xen_module *more)
{
    uint32_t count = 0;

    if (shim_names_kernel(&job->tree))
        return 0;
    for (uint32_t i = 0; i < job->facts.payload_count; i++) {
        const struct shim_payload_part *part = &job->facts.payload[i];

        if (part->kind == SHIM_MODULE_KERNEL || part->kind == SHIM_MODULE_RAMDISK)
            more[count++] = (struct shim_xen_module){ .kind = part->kind, .node = SHIM_NONE,
                                                      .domain = SHIM_NONE, .at = part->at,
                                                      .assumed = is_assumed(job, part) };
    }
    return count;
}

static struct shim_xen_boot boot_of(const struct shim_job *job, const struct shim_release *release,
                                    struct shim_outlook *outlook)
{
    struct shim_xen_boot boot = shim_xen_boot_of(&job->tree, &job->policy, &job->facts);

    boot.release = release;
    boot.kinds = outlook->booted->kinds;
    boot.walked = outlook->booted->walked;
    boot.entry = job->facts.entry;
    boot.image = xen_place(job);
    boot.tree.base = job->facts.tree.base;
    boot.tree.size = job->facts.tree.size ? outlook->booted->tree.total : 0;
    boot.more = outlook->more;
    boot.more_count = take_more(job, outlook->more);
    return boot;
}

static struct shim_kernel_image kernel_of(const struct shim_job *job)
{
    return (struct shim_kernel_image){
        .bits = shim_kernel_bits(&job->tree, &job->policy, &job->facts),
        .room = job->facts.kernel_room,
        .offset = job->facts.kernel_offset,
        .unpacked = job->facts.kernel_unpacked,
        .strange = job->facts.kernel_strange,
    };
}

/* ---- what was planned ------------------------------------------------------------------ */

uint32_t shim_planned_banks(const struct shim_job *job, struct shim_range *banks)
{
    const struct shim_record *record = &job->record;
    uint32_t count = 0;

    if (record->node != SHIM_NONE && shim_policy_for(&job->policy, SHIM_CONTRACT_XEN) &&
        !job->no_ram.code && !shim_wants_domain(&job->board) && !record->offset)
        count = shim_record_blocks(record, banks);
    return count == 1 || shim_record_is_banked(record) ? count : 0;
}

static void compare_planned(const struct shim_job *job, struct shim_outlook *outlook)
{
    const struct shim_forecast *forecast = &outlook->forecast;

    outlook->planned_count = forecast->stop ? 0 : shim_planned_banks(job, outlook->planned);
    if (shim_dom0_has_blocks(&forecast->memory, outlook->planned, outlook->planned_count))
        outlook->planned_count = 0;
}

/* ---- the forecast ------------------------------------------------------------------------ */

/* A fork, or newer than all that are known. */
static bool is_strange(const struct shim_job *job)
{
    return shim_is_fork(&job->facts) || job->facts.xen_release > SHIM_XEN_LAST_RELEASE ||
           job->policy.value[SHIM_POLICY_XEN_VERSION] > SHIM_XEN_LAST_RELEASE;
}

static uint32_t unknown_of(const struct shim_job *job, const struct shim_forecast *forecast)
{
    bool uefi = !shim_entry_row(forecast->boot.entry)->reads_memory;
    uint32_t unknown = 0;

    for (uint32_t i = 0; i < job->facts.payload_count; i++)
        if (job->facts.payload[i].assumed && !shim_names_kernel(&job->tree))
            unknown |= 1 << SHIM_UNKNOWN_PAYLOAD;
    if (!forecast->boot.image.size)
        unknown |= 1 << SHIM_UNKNOWN_XEN;
    if (!forecast->boot.tree.size)
        unknown |= 1 << SHIM_UNKNOWN_TREE;
    if (!job->facts.kernel_room)
        unknown |= 1 << SHIM_UNKNOWN_KERNEL;
    if (!job->facts.stage.size)
        unknown |= uefi ? 1 << SHIM_UNKNOWN_LOADER : 1 << SHIM_UNKNOWN_FIRMWARE;
    if (uefi && !shim_knows_firmware(job))
        unknown |= 1 << SHIM_UNKNOWN_MAP;
    if (forecast->stop ? forecast->stop->maybe
                       : !forecast->memory.sure && !shim_sight_dom0less(&forecast->sight))
        unknown |= 1 << SHIM_UNKNOWN_BANKS;
    if (is_strange(job))
        unknown |= 1 << SHIM_UNKNOWN_RELEASE;
    if (shim_sight_untold(&forecast->sight, 0))
        unknown |= 1 << SHIM_UNKNOWN_LINE;
    return unknown;
}

enum shim_code shim_job_forecast(struct shim_job *job, const struct shim_booted *booted,
                                 const struct shim_release *release, bool with_tree,
                                 struct shim_outlook *outlook, struct shim_error *error)
{
    struct shim_kernel_image kernel = kernel_of(job);
    struct shim_xen_boot boot;
    enum shim_code code;

    outlook->booted = booted;
    boot = boot_of(job, release, outlook);
    code = shim_take_firmware(job, &boot, error);
    if (code)
        return code;
    /* dom0's tree is made in any case: making it is where Xen may stop. */
    code = shim_xen_forecast(&outlook->forecast, &booted->tree, &boot, &kernel,
                             with_tree ? SHIM_TREE_WRITTEN : SHIM_TREE_FITS, &job->arena, error);
    if (code)
        return code;
    if (job->arena.full)
        return shim_no_room(error, "for all words of a forecast");
    outlook->unknown = unknown_of(job, &outlook->forecast);
    compare_planned(job, outlook);
    return SHIM_OK;
}
