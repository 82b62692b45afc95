// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/job/live.h"

#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/fdt/address.h"
#include "shim/job/decide.h"

enum { FDT_NOP = 4, TOKEN = 4, PROP_HEAD = 12 };

/* ---- under Xen ---------------------------------------------------------------------------- */

bool shim_made_by_xen(const struct shim_tree *tree)
{
    uint32_t node = shim_child(tree, SHIM_ROOT, "hypervisor");

    return node != SHIM_NONE && shim_compatible(tree, node, "xen,xen");
}

static enum shim_code refuse_xen(const struct shim_tree *tree, struct shim_error *error)
{
    bool guest = shim_compatible_one(tree, SHIM_ROOT, "xen,xenvm*\0");

    return shim_fail(error, SHIM_E_UNSUPPORTED, "/hypervisor", NULL,
                     "boot Linux without Xen for that; check --live shows what holds here",
                     guest ? "this is a guest of Xen, and does not see the board"
                           : "this is dom0 of Xen, which made its tree from the board's");
}

/* ---- RAM ------------------------------------------------------------------------------------ */

struct sides {
    struct shim_ranges known; /* to Linux, with what it does not map */
    struct shim_ranges more;  /* System RAM that the tree has not */
    struct shim_ranges less;  /* RAM of the tree, not reserved, that Linux has not */
};

static bool compare(struct sides *sides, struct shim_job *job, const struct shim_iomem *iomem)
{
    const struct shim_board *board = &job->board;
    uint32_t spare = iomem->ram.count + iomem->kept.count + board->ram.count +
                     board->reserved.count + 4;
    bool room = shim_ranges_copy(&sides->known, &iomem->ram, &job->arena, spare) &&
                shim_ranges_copy(&sides->more, &iomem->ram, &job->arena, spare) &&
                shim_ranges_copy(&sides->less, &board->ram, &job->arena, 2 * spare) &&
                shim_ranges_remove_all(&sides->more, &board->ram);

    for (uint32_t i = 0; room && i < iomem->kept.count; i++)
        room = shim_ranges_add(&sides->known, iomem->kept.at[i]);
    room = room && shim_ranges_remove_all(&sides->less, &sides->known);
    for (uint32_t i = 0; room && i < board->reserved.count; i++)
        room = shim_ranges_remove(&sides->less, shim_whole_pages(board->reserved.at[i]));
    return room;
}

/* What Linux does not map is RAM for Xen only where the tree itself reserves it. */
static bool take_iomem(struct shim_facts *facts, struct shim_job *job,
                       const struct shim_iomem *iomem)
{
    const struct shim_ranges *reserved = &job->board.reserved;
    struct shim_ranges ram;
    bool room = shim_ranges_copy(&ram, &iomem->ram, &job->arena,
                                 iomem->kept.count * (reserved->count + 1) + reserved->count + 1);

    for (uint32_t i = 0; room && i < iomem->kept.count; i++)
        for (uint32_t j = 0; room && j < reserved->count; j++)
            room = shim_ranges_add(&ram, shim_range_common(iomem->kept.at[i], reserved->at[j]));
    facts->ram = ram.at;
    facts->ram_count = ram.count;
    facts->ram_wins = true;
    return room;
}

static bool chosen_has(const struct shim_tree *tree, const char *name)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    return chosen != SHIM_NONE && shim_prop_named(tree, chosen, name).at;
}

static const char *first_of(struct shim_job *job, const char *before, const struct shim_ranges *set)
{
    struct shim_text text;
    char *words = shim_alloc(&job->arena, 1, 256);

    if (!words)
        return "";
    text = shim_text(words, 256);
    shim_textf(&text, "%s0x%llx-0x%llx%s", before, SHIM_X(set->at[0].base),
               SHIM_X(shim_range_end(set->at[0]) - 1), set->count > 1 ? " and more" : "");
    return words;
}

static enum shim_code no_memory(struct shim_error *error)
{
    return shim_no_room(error, "to compare the tree's RAM with /proc/iomem");
}

static enum shim_code from_iomem(struct shim_facts *facts, struct shim_job *job,
                                 const struct shim_iomem *iomem, const char *why,
                                 struct shim_error *error)
{
    facts->ram_source = why;
    return take_iomem(facts, job, iomem) ? SHIM_OK : no_memory(error);
}

/* What is reserved is looked for where RAM is known. */
static void survey_with(struct shim_job *job, const struct shim_iomem *iomem)
{
    job->facts.ram = iomem->ram.at;
    job->facts.ram_count = iomem->ram.count;
    shim_start_board(job, false);
    shim_survey_memory(&job->board, &job->no_ram);
}

enum shim_code shim_live_ram(struct shim_facts *facts, struct shim_job *job,
                             const struct shim_iomem *iomem, struct shim_error *error)
{
    bool efi = chosen_has(&job->tree, "linux,uefi-mmap-start");
    bool part = chosen_has(&job->tree, "linux,usable-memory-range");
    struct sides sides;

    if (shim_made_by_xen(&job->tree))
        return refuse_xen(&job->tree, error);
    if (job->no_ram.code && job->no_ram.code != SHIM_E_NO_RAM)
        return SHIM_OK; /* plan says it */
    if (job->no_ram.code) {
        survey_with(job, iomem);
        return from_iomem(facts, job, iomem, "from /proc/iomem of the running Linux; the tree "
                          "has no RAM", error);
    }
    if (!compare(&sides, job, iomem))
        return no_memory(error);
    if (sides.more.count && !part)
        return from_iomem(facts, job, iomem,
                          first_of(job, "from /proc/iomem of the running Linux; the tree's "
                                   "memory nodes have no ", &sides.more), error);
    if (sides.less.count && efi && !part)
        return from_iomem(facts, job, iomem,
                          first_of(job, "from /proc/iomem of the running Linux, based on EFI's "
                                   "map, which has no ", &sides.less), error);
    facts->ram_source = "from the memory nodes, and /proc/iomem of the running Linux agrees";
    if (sides.less.count || sides.more.count)
        facts->ram_source = first_of(
            job, part ? "from the memory nodes; this is a Linux after a crash, which does not "
                        "have "
                 : "from the memory nodes; the running Linux was told, or chose, not to use ",
            sides.less.count ? &sides.less : &sides.more);
    return SHIM_OK;
}

/* ---- what this boot has put there -------------------------------------------------------- */

static const char of_this_boot[] =
    "linux,initrd-start\0linux,initrd-end\0linux,uefi-*\0linux,elfcorehdr\0"
    "linux,usable-memory-range\0linux,booted-from-kexec\0kaslr-seed\0rng-seed\0";

/* FDT_NOPs are as good as nothing there. */
static void blank(const struct shim_tree *tree, uint8_t *blob, uint32_t prop)
{
    uint32_t len = (uint32_t)shim_prop_value(tree, prop).len;
    uint8_t *at = blob + (tree->structs - tree->blob) + shim_prop_at(tree, prop);

    for (uint32_t i = 0; i < PROP_HEAD + (len + TOKEN - 1) / TOKEN * TOKEN; i += TOKEN)
        shim_put_be32(at + i, FDT_NOP);
}

static void free_ramdisk(const struct shim_tree *tree, uint8_t *blob, struct shim_range ramdisk)
{
    uint8_t *entries = blob + (tree->reserve - tree->blob);

    for (uint32_t i = 0; ramdisk.size && i < tree->reserve_count; i++) {
        struct shim_range at = shim_reserve_at(tree, i);

        if (at.base != ramdisk.base || at.size != ramdisk.size)
            continue;
        /* The last one takes its place, and is the end. */
        memmove(entries + 16 * (size_t)i, entries + 16 * (size_t)(tree->reserve_count - 1), 16);
        memset(entries + 16 * (size_t)(tree->reserve_count - 1), 0, 16);
        return;
    }
}

static bool number(const struct shim_tree *tree, uint32_t node, enum shim_name name, uint64_t *value)
{
    struct shim_span cells = shim_prop(tree, node, name);

    *value = 0;
    return (cells.len == 4 || cells.len == 8) &&
           shim_read_cells(cells.at, (uint32_t)cells.len / 4, value);
}

static struct shim_range old_ramdisk(const struct shim_tree *tree, uint32_t chosen)
{
    uint64_t start, end;

    if (!number(tree, chosen, SHIM_INITRD_START, &start) ||
        !number(tree, chosen, SHIM_INITRD_END, &end) || end <= start)
        return (struct shim_range){ 0, 0 };
    return (struct shim_range){ start, end - start };
}

void shim_live_clean(const struct shim_tree *tree, uint8_t *blob)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");

    if (chosen == SHIM_NONE)
        return;
    free_ramdisk(tree, blob, old_ramdisk(tree, chosen));
    for (uint32_t prop = tree->nodes[chosen].first_prop; prop < tree->nodes[chosen].props_end;
         prop++)
        if (shim_matches_one(of_this_boot, shim_prop_name(tree, prop)))
            blank(tree, blob, prop);
}
