// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/told.h"

#include "shim/base/mem.h"
#include "shim/fdt/word_set.h"
#include "shim/model/kept.h"
#include "shim/model/memory.h"
#include "shim/model/smmu.h"
#include "shim/xen/boot.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"

/* ---- asking ------------------------------------------------------------------------------ */

/* Too large for the stack of the stage. */
struct looking {
    struct shim_xen_boot boot;
    struct shim_sight sight;
    struct shim_xen_host host;
    struct shim_stop stop;
};

static struct looking *start(const struct shim_plan *plan, struct shim_arena *arena)
{
    const char *line = shim_xen_command_line(plan->tree);
    struct looking *looking = shim_alloc(arena, 1, sizeof(*looking));

    if (!looking)
        return NULL;
    memset(looking, 0, sizeof(*looking));
    looking->boot = *shim_plan_boot(plan);
    looking->boot.release = plan->xen->releases.first;
    looking->sight.tree = plan->tree;
    looking->sight.boot = &looking->boot;
    looking->sight.arena = arena;
    looking->sight.xen_line = line ? line : "";
    looking->sight.others = shim_word_set(looking->boot.other_iommus, arena).slots;
    return shim_xen_find_kinds(&looking->sight) ? looking : NULL;
}

/* The same again with another release, and with what is left of the arena. */
static void ask(struct looking *looking, const struct shim_release *release,
                struct shim_arena *arena)
{
    looking->boot.release = release;
    looking->sight.arena = arena;
    looking->stop = (struct shim_stop){ 0 };
}

/* One release's answer, with `told` from another one: the worse of the two. */
static uint8_t worse(uint8_t told, uint8_t other)
{
    if (told == SHIM_XEN_TRANSLATED)
        return other;
    return told == SHIM_XEN_OPEN && other > SHIM_XEN_TRANSLATED ? other : told;
}

/* Of a Xen that stops before it comes to devices nothing is kept from any. */
static void take_kept(struct looking *looking, uint16_t *kept)
{
    uint32_t number = 0, node = 1;

    if (shim_stops(&looking->stop))
        return;
    while ((node = shim_xen_next_kept(&looking->host, node, &number)) != SHIM_NONE)
        kept[node++] = (uint16_t)number;
    for (node = 1; (node = shim_xen_next_extended(&looking->host, node)) != SHIM_NONE; node++)
        kept[node] = SHIM_KEPT_EXTENDED; /* one that Xen takes for its own is none of that number */
}

static enum shim_code no_room(struct shim_error *error)
{
    return shim_no_room(error, "for interrupts and DMA under Xen");
}

/* `kept` NULL: it is not asked for. */
static enum shim_code look(const struct shim_plan *plan, struct looking *looking,
                           const struct shim_release *release, struct shim_arena arena,
                           uint16_t *kept, uint8_t *dma, struct shim_error *error)
{
    bool first = release == plan->xen->releases.first;

    ask(looking, release, &arena);
    if (!shim_xen_find_kept(&looking->host, &looking->sight, &looking->stop, error) || arena.full)
        return no_room(error);
    for (uint32_t node = 0; looking->host.dma && node < plan->tree->node_count; node++)
        dma[node] = first ? looking->host.dma[node] : worse(dma[node], looking->host.dma[node]);
    if (kept)
        take_kept(looking, kept);
    return SHIM_OK;
}

static uint16_t *no_interrupts(const struct shim_plan *plan)
{
    uint32_t count = plan->tree->node_count;
    uint16_t *kept = shim_alloc(plan->arena, count, sizeof(*kept));

    if (kept)
        memset(kept, 0, count * sizeof(*kept));
    return kept;
}

/* Where it is not asked for of both together, check will ask for that of each: shim_kept_for(). */
static uint16_t *kept_by(const struct shim_plan *plan, const struct shim_release *release,
                         struct shim_xen_kept *slot)
{
    uint16_t *kept = no_interrupts(plan);

    *slot = (struct shim_xen_kept){ kept ? release : NULL, kept };
    return kept;
}

static enum shim_code tell(const struct shim_plan *plan, uint16_t *kept, uint8_t *dma,
                           struct shim_error *error)
{
    const struct shim_releases *releases = &plan->xen->releases;
    uint16_t *first = kept ? kept : kept_by(plan, releases->first, &plan->xen->kept[0]);
    uint16_t *last = kept || releases->first == releases->last
                         ? kept : kept_by(plan, releases->last, &plan->xen->kept[1]);
    struct shim_arena arena = *plan->arena;
    struct looking *looking = start(plan, &arena);
    enum shim_code code = looking ? look(plan, looking, releases->first, arena, first, dma, error)
                                  : no_room(error);

    return code || releases->first == releases->last
        ? code : look(plan, looking, releases->last, arena, last, dma, error);
}

/* Where no node is behind an IOMMU there is nothing to ask. */
static bool has_users(const struct shim_tree *tree)
{
    uint64_t names = (uint64_t)1 << SHIM_IOMMUS | (uint64_t)1 << SHIM_IOMMU_MAP |
                     (uint64_t)1 << SHIM_MMU_MASTERS;

    for (uint32_t node = 1; node < tree->node_count; node++)
        if (tree->nodes[node].known & names)
            return true;
    return false;
}

enum shim_code shim_xen_find_told(const struct shim_plan *plan, const uint8_t **told,
                                  const uint16_t **kept, struct shim_error *error)
{
    uint32_t count = plan->tree->node_count;
    uint16_t *interrupts = kept ? no_interrupts(plan) : NULL;
    uint8_t *dma = shim_alloc(plan->arena, count, 1);

    if (!dma || (kept && !interrupts))
        return no_room(error);
    memset(dma, SHIM_XEN_OPEN, count);
    *told = dma;
    if (kept)
        *kept = interrupts;
    return kept || has_users(plan->tree) ? tell(plan, interrupts, dma, error) : SHIM_OK;
}

/* ---- one interrupt of two types -------------------------------------------------------------- */

/* After what was taken before: `retypes` and the scratch are in the same arena. */
static uint32_t look_for_retypes(const struct shim_plan *plan, struct shim_arena *arena,
                                 struct shim_retype *retypes)
{
    struct looking *looking = start(plan, arena);
    struct shim_error *ignored = shim_alloc(arena, 1, sizeof(*ignored));

    if (!looking || !ignored ||
        !shim_xen_find_kept(&looking->host, &looking->sight, &looking->stop, ignored)) {
        arena->full = true;
        return 0;
    }
    return shim_stops(&looking->stop) ? 0 : shim_xen_retypes(&looking->host, retypes);
}

const struct shim_retype *shim_xen_find_retypes(const struct shim_plan *plan, uint32_t *count)
{
    struct shim_arena before = *plan->arena;
    struct shim_retype *retypes = shim_alloc(plan->arena, SHIM_RETYPES_MAX, sizeof(*retypes));
    struct shim_arena arena = *plan->arena;

    *count = 0;
    if (retypes && !plan->xen->one_type_each)
        plan->xen->one_type_each = !shim_xen_may_retype(plan->tree, &arena) && !arena.full;
    if (retypes && !plan->xen->one_type_each)
        *count = look_for_retypes(plan, &arena, retypes);
    plan->arena->full |= arena.full;
    if (*count)
        return retypes;
    before.full |= plan->arena->full;
    *plan->arena = before;
    return NULL;
}

/* ---- can it run at all? ---------------------------------------------------------------------- */

/* What Xen takes for itself before it looks at a device: nothing that a plan writes would help. */
static const char boards[] = "cores\0gic\0timer\0";

static enum shim_code refuse_board(const struct shim_plan *plan, const struct looking *looking,
                                   struct shim_error *error)
{
    const struct shim_stop *stop = &looking->stop;
    struct shim_path path = { "" };

    if (stop->node != SHIM_NONE)
        path = shim_path(plan->tree, stop->node);
    if (stop->silent)
        return shim_fail(error, SHIM_E_UNSUPPORTED, path.s, NULL, stop->remedy,
                         "Xen cannot run on this board: %s", stop->why);
    return shim_fail(error, SHIM_E_UNSUPPORTED, path.s, NULL, stop->remedy,
                     "Xen %s cannot run on this board: %s: \"%s\"",
                     looking->boot.release->name, stop->why, stop->words);
}

static enum shim_code check_board(const struct shim_plan *plan, struct looking *looking,
                                  const struct shim_release *release, struct shim_arena arena,
                                  struct shim_error *error)
{
    ask(looking, release, &arena);
    if (shim_xen_take_host(&looking->host, &looking->sight, &looking->stop, error) ||
        arena.full)
        return no_room(error);
    if (shim_stops(&looking->stop) && shim_matches_one(boards, looking->stop.id))
        return refuse_board(plan, looking, error);
    return SHIM_OK;
}

enum shim_code shim_xen_check_board(const struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_releases *releases = &plan->xen->releases;
    struct shim_arena arena = *plan->arena;
    struct looking *looking = start(plan, &arena);
    enum shim_code code = looking ? check_board(plan, looking, releases->first, arena, error)
                                  : no_room(error);

    return code || releases->first == releases->last
        ? code : check_board(plan, looking, releases->last, arena, error);
}

enum shim_code shim_xen_check_ram(const struct shim_plan *plan, struct shim_error *error)
{
    enum shim_xen_arch arch = shim_plan_boot(plan)->arch;
    const struct shim_releases *releases = &plan->xen->releases;
    uint64_t first = shim_most_ram(releases->first, arch);
    uint64_t last = shim_most_ram(releases->last, arch), most = first > last ? first : last;
    uint64_t total = shim_ranges_total(&plan->board->ram);
    struct shim_path node;

    if (total <= most)
        return SHIM_OK;
    node = shim_path(plan->tree, shim_memory_node_at(plan->board, plan->board->ram.at[0].base));
    return shim_fail(error, SHIM_E_UNSUPPORTED, node.s, "reg", "remove what is not RAM from reg",
                     "%s of RAM is more than the %s that Xen %s can map: it would stop without a "
                     "message", SHIM_SIZE(total), SHIM_SIZE(most), SHIM_XEN_OF(releases));
}

/* ---- answers in words ---------------------------------------------------------------------- */

/* By enum shim_xen_dma; of IOMMUs what those who name them do. */
static const char words[] =
    "Xen does not put it behind an IOMMU\0"
    "-\0"
    "names an SMMU without #global-interrupts, which Xen does not drive\0"
    "names an SMMU without a context interrupt, which Xen does not drive\0"
    "names an IOMMU of a different kind from the first one, and Xen drives only one kind\0"
    "Xen cannot set up the IOMMUs of this tree, and stops\0"
    "an iommus entry names an IOMMU that Xen does not drive\0"
    "its iommus name more than one IOMMU, and Xen accepts one\0"
    "an iommus entry names an IOMMU that is disabled\0"
    "Xen cannot read its iommus to the end\0"
    "it has no stream\0"
    "an iommus entry has more than a stream and a mask\0"
    "it has a stream of more than 15 bits, which Xen cuts off\0"
    "an iommus entry has a mask, which Xen before 4.20 reads as 0\0"
    "an iommus entry has a mask that is too wide for the IOMMU\0"
    "it has more than 16 streams, and Xen has room for no more\0"
    "the mmu-masters of an IOMMU list it, and then Xen does not read its iommus\0"
    "its streams overlap those of another device, and Xen stops there\0"
    "Xen has no driver for this PCI host, and does not find its iommu-map\0"
    "its iommu-map leaves requester IDs without an IOMMU that Xen drives\0";

const char *shim_xen_off(const struct shim_board *board)
{
    const char *off = shim_iommus_off(board);

    return !off && board->told && board->told[SHIM_ROOT] == SHIM_XEN_NO_IOMMUS
               ? shim_word(words, SHIM_XEN_NO_IOMMUS) : off;
}

const char *shim_xen_undriven(const struct shim_board *board, uint32_t iommu)
{
    return board->told && board->told[iommu] > SHIM_XEN_TRANSLATED &&
                   board->told[iommu] < SHIM_XEN_NO_IOMMUS
               ? shim_word(words, board->told[iommu]) : NULL;
}

const char *shim_xen_untranslated(const struct shim_board *board, uint32_t node)
{
    return board->told && board->told[node] != SHIM_XEN_TRANSLATED
               ? shim_word(words, board->told[node]) : NULL;
}
