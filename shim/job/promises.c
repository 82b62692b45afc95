// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Xen hands /chosen/dtshim and most of the board's nodes on to dom0 as they are, makes /memory
 * and /hypervisor itself, and keeps some devices: of what dom0 does not see nothing is said.
 */
#include "shim/job/promises.h"

#include "shim/base/mem.h"
#include "shim/fdt/address.h"
#include "shim/job/applied.h"
#include "shim/job/decide.h"
#include "shim/job/record.h"

enum promise { RELEASE, MEMORY, LINUX_RAM, WINDOW, TAGS, UNTAGGED };

static const struct shim_trap rows[] = {
    [RELEASE] = { .id = "promise-release", .why = "what is right for one Xen can be wrong for "
                                                  "another",
                  .remedy = "boot the Xen that the tree was made for, or apply with --xen-version" },
    [MEMORY] = { .id = "promise-memory",
                 .why = "windows, tags and bounce buffers were planned for the memory of the record",
                 .remedy = "make sure that Xen was given the tree that apply wrote, with its "
                           "command line; if it was, forecast that tree, and report it" },
    [LINUX_RAM] = { .id = "promise-ram",
                    .why = "dom0's Linux uses other memory than it was given",
                    .remedy = "look for mem= or memmap= in dom0's command line" },
    [WINDOW] = { .id = "promise-window",
                 .why = "dom0's driver reaches other memory than planned",
                 .remedy = "make sure that Xen was given the tree that apply wrote; if it was, "
                           "report it" },
    [TAGS] = { .id = "promise-tags",
               .why = "a tag without an IOMMU lets a device write to another's memory",
               .remedy = "make sure that Xen was given the tree that apply wrote; if it was, "
                         "report it" },
    [UNTAGGED] = { .id = "promise-tags",
                   .why = "dom0's drivers bounce, or give up on, DMA that an IOMMU translates",
                   .remedy = "make sure that Xen was given the tree that apply wrote; if it was, "
                             "report it" },
};

/* ---- the release ---------------------------------------------------------------------------- */

static bool is_release(const struct shim_release *of, const char *version)
{
    size_t len = strlen(of->name);

    return !strncmp(version, of->name, len) && version[len] == '\0';
}

static void check_release(struct shim_check *check)
{
    static const char prefix[] = "xen,xen-";
    uint32_t node = shim_child(check->tree, SHIM_ROOT, "hypervisor");
    struct shim_releases made = shim_releases_recorded(check->record->releases);
    struct shim_span names = shim_prop(check->tree, node, SHIM_COMPATIBLE);

    for (const char *word = shim_list_next(names, NULL); word && check->record->releases;
         word = shim_list_next(names, word)) {
        const char *version = word + sizeof(prefix) - 1;

        if (!strncmp(word, prefix, sizeof(prefix) - 1) && !is_release(made.first, version) &&
            !is_release(made.last, version))
            shim_breach(check, &rows[RELEASE], node, "is Xen %s, and the record is for Xen %s", version,
                        SHIM_XEN_OF(&made));
    }
}

/* ---- memory ------------------------------------------------------------------------------------ */

/* "0x40000000-0x5fffffff 0x80000000-..." */
static void list(struct shim_text *text, const struct shim_ranges *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        shim_textf(text, "%s0x%llx-0x%llx", i ? " " : "", SHIM_X(set->at[i].base),
                   SHIM_X(shim_range_end(set->at[i]) - 1));
}

/* In dom0's eyes. */
static bool promised(const struct shim_record *record, struct shim_ranges *set,
                     struct shim_arena *arena)
{
    struct shim_range blocks[SHIM_BLOCKS_MAX];
    uint32_t count = shim_record_blocks(record, blocks);
    bool room = shim_ranges_init(set, arena, SHIM_BLOCKS_MAX + 1);

    if (record->offset) {
        blocks[0] = record->dom0;
        count = 1;
    }
    for (uint32_t i = 0; room && i < count; i++)
        room = shim_ranges_add(set, blocks[i]);
    return room;
}

enum { LIST_WORDS = 400 };

/* Xen says what /reserved-memory has as memory, too: in a second node. */
static bool is_kept(struct shim_job *job, const struct shim_ranges *wanted, bool *kept)
{
    const struct shim_board *board = &job->board;
    uint32_t spare = wanted->count + board->ram.count + board->reserved.count + 2;
    struct shim_ranges less, more;

    if (!shim_ranges_copy(&less, wanted, &job->arena, spare) ||
        !shim_ranges_copy(&more, &board->ram, &job->arena, spare) ||
        !shim_ranges_remove_all(&less, &board->ram) || !shim_ranges_remove_all(&more, wanted))
        return false;
    for (uint32_t i = 0; i < board->reserved.count; i++)
        if (!shim_ranges_remove(&more, shim_whole_pages(board->reserved.at[i])))
            return false;
    *kept = wanted->count && !less.count && !more.count;
    return true;
}

static bool check_memory(struct shim_check *check, struct shim_job *job)
{
    struct shim_ranges wanted;
    char *words = shim_alloc(&job->arena, 1, LIST_WORDS);
    struct shim_text text;
    bool kept = false;

    if (!words || !promised(&job->record, &wanted, &job->arena) ||
        (!job->no_ram.code && !is_kept(job, &wanted, &kept)))
        return false;
    if (kept)
        return true;
    text = shim_text(words, LIST_WORDS);
    if (job->no_ram.code)
        shim_textf(&text, "no memory");
    else
        list(&text, &job->board.ram);
    shim_textf(&text, " instead of ");
    list(&text, &wanted);
    shim_breach(check, &rows[MEMORY], shim_memory_node(&job->board), "dom0 has %s", words);
    return true;
}

/* All that its Linux has is dom0's, and all that is dom0's but what is reserved is its Linux's. */
static bool check_linux(struct shim_check *check, struct shim_job *job,
                        const struct shim_iomem *iomem)
{
    const struct shim_board *board = &job->board;
    uint32_t spare = iomem->ram.count + iomem->kept.count + board->ram.count +
                     board->reserved.count + 4;
    struct shim_ranges beyond, missing;
    bool room;

    if (job->no_ram.code)
        return true; /* said */
    room = shim_ranges_copy(&beyond, &iomem->ram, &job->arena, spare) &&
           shim_ranges_copy(&missing, &board->ram, &job->arena, 2 * spare) &&
           shim_ranges_remove_all(&beyond, &board->ram) &&
           shim_ranges_remove_all(&missing, &iomem->ram) &&
           shim_ranges_remove_all(&missing, &iomem->kept);
    for (uint32_t i = 0; room && i < board->reserved.count; i++)
        room = shim_ranges_remove(&missing, shim_whole_pages(board->reserved.at[i]));
    if (room && beyond.count)
        shim_breach(check, &rows[LINUX_RAM], SHIM_NONE, "Linux has RAM at 0x%llx-0x%llx, where dom0 has none",
                    SHIM_X(beyond.at[0].base), SHIM_X(shim_range_end(beyond.at[0]) - 1));
    if (room && missing.count)
        shim_breach(check, &rows[LINUX_RAM], SHIM_NONE, "Linux does not use 0x%llx-0x%llx of "
                                                        "dom0's memory",
                    SHIM_X(missing.at[0].base), SHIM_X(shim_range_end(missing.at[0]) - 1));
    return room;
}

/* ---- windows ------------------------------------------------------------------------------------ */

static size_t path_len(const char *words)
{
    size_t len = 0;

    while (words[len] && words[len] != ':')
        len++;
    return len;
}

/* The string on the same device; NULL: there is none. */
static const char *of_same(struct shim_span list, const char *words)
{
    size_t len = path_len(words);

    for (const char *one = shim_list_next(list, NULL); one; one = shim_list_next(list, one))
        if (path_len(one) == len && !memcmp(one, words, len))
            return one;
    return NULL;
}

static void check_window(struct shim_check *check, struct shim_span now, const char *words)
{
    uint32_t node = shim_node_by_path(check->tree, words, path_len(words));
    const char *is = of_same(now, words);

    if (node == SHIM_NONE || (is && !strcmp(is, words)))
        return;
    shim_breach(check, &rows[WINDOW], node, "%s, but in the record:%s",
                is ? is + path_len(is) + 1 : "has no limit by dma-ranges, and is not coherent",
                words + path_len(words) + (words[path_len(words)] == ':'));
}

static void check_windows(struct shim_check *check, struct shim_job *job)
{
    struct shim_span then = shim_prop_named(&job->tree, job->record.node, "dma");
    struct shim_span now = shim_recorded_dma(&job->plan);

    for (const char *words = shim_list_next(then, NULL); words; words = shim_list_next(then, words))
        check_window(check, now, words);
}

/* ---- tags -------------------------------------------------------------------------------------- */

static bool is_tagged(const struct shim_tree *tree, uint32_t node)
{
    return shim_prop_named(tree, node, "xen-dma-safe").at != NULL;
}

static void check_tags(struct shim_check *check, const struct shim_job *job)
{
    const char *coverage = shim_string(shim_prop_named(&job->tree, job->record.node, "coverage"));
    bool none = coverage && !strcmp(coverage, "none");
    uint32_t count = 0;

    for (uint32_t node = 1; coverage && node < job->tree.node_count; node++) {
        bool tagged = is_tagged(&job->tree, node);

        if (tagged && none)
            shim_breach(check, &rows[TAGS], node, "has xen-dma-safe, but in the record no device "
                        "is protected");
        count += tagged;
    }
    if (coverage && !none && !count)
        shim_breach(check, &rows[UNTAGGED], SHIM_NONE, "no node has xen-dma-safe, but in the "
                    "record %s are protected", coverage);
}

/* The policy's RAM was the board's: dom0's is what its memory nodes say. */
static void survey_dom0(struct shim_job *job)
{
    job->policy.given &= ~(1u << SHIM_POLICY_RAM);
    job->no_ram = (struct shim_error){ .code = SHIM_OK };
    shim_start_board(job, false);
    shim_survey_memory(&job->board, &job->no_ram);
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static enum shim_code no_record(const struct shim_tree *applied, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_RECORD, "/chosen/dtshim/record", NULL,
                     applied ? "make sure that Xen is given the tree that apply wrote"
                             : "boot Xen with the tree that apply writes",
                     "dom0's tree has none: nothing was promised");
}

enum shim_code shim_check_promises(struct shim_job *job, const struct shim_iomem *iomem,
                                   const struct shim_tree *applied, struct shim_check *check,
                                   struct shim_error *error)
{
    enum shim_code code;

    check->tree = &job->tree;
    check->policy = &job->policy;
    check->record = &job->record;
    check->plan = &job->plan;
    if (!job->record.dom0.size)
        return no_record(applied, error);
    survey_dom0(job);
    code = shim_job_survey(job, error);
    if (code)
        return code;
    check_release(check);
    if (!check_memory(check, job) || !check_linux(check, job, iomem))
        return shim_no_room(error, "to compare dom0's memory");
    check_windows(check, job);
    check_tags(check, job);
    return applied ? shim_check_applied(job, applied, check, error) : SHIM_OK;
}
