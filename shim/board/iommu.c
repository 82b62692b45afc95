// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * iommu: which devices have DMA that is translated by an IOMMU that the
 * hypervisor being booted drives?
 *
 * A device is protected when *every* stream of it provably goes through an
 * IOMMU that is available, has a driver (iommu-drivers) and a second stage.
 * Anything that cannot be proven is unprotected: a wrong tag is silent memory
 * corruption.
 *
 * Bindings: iommu/iommu.txt (`iommus`), pci/pci-iommu.yaml (`iommu-map`),
 * iommu/arm,smmu.yaml of 2013 (`mmu-masters`, which Xen still reads).
 */
#include "shim/board/iommu.h"

#include "shim/base/mem.h"
#include "shim/board/masters.h"
#include "shim/fdt/address.h"

/* ---- IOMMUs ------------------------------------------------------------------- */

/* Inside /chosen and the like nothing is a device. */
static bool stands_aside(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_ROOT; node = tree->nodes[node].parent)
        if (shim_is_description(tree, node))
            return true;
    return false;
}

/* No IOMMU answers where memory is; and whatever a machine has there must not be read as one. */
static bool lies_in_memory(const struct shim_board *board, uint32_t iommu)
{
    const struct shim_facts *facts = board->facts;
    struct shim_entries entries = shim_reg_entries(board->tree, iommu);
    struct shim_range at;

    while (shim_next_reg(board->tree, iommu, &entries, &at))
        if (shim_ranges_meeting(&board->ram, at) ||
            (facts->is_memory && facts->is_memory(facts->self, at)))
            return true;
    return false;
}

/* Why no stream through it is translated for guests; NULL: it does. */
static const char *iommu_flaw(const struct shim_board *board, uint32_t iommu)
{
    uint64_t address;

    if (!shim_reachable(board->tree, iommu))
        return "names an IOMMU that is disabled";
    if (shim_has_known(board->tree, iommu, board->guard->away))
        return board->guard->away_flaw;
    if (!shim_has_driver(board, iommu))
        return "names an IOMMU that this hypervisor does not drive";
    if (!shim_device_address(board->tree, iommu, &address) || stands_aside(board->tree, iommu))
        return "names an IOMMU without registers that a CPU can reach";
    if (lies_in_memory(board, iommu))
        return "names an IOMMU whose registers would lie in memory";
    if (shim_lacks_stage2(board, iommu))
        return "names an IOMMU without a second stage, which no hypervisor can drive";
    return board->guard->undriven ? board->guard->undriven(board, iommu) : NULL;
}

static struct shim_iommu look_at(const struct shim_board *board, uint32_t node)
{
    struct shim_iommu iommu = { .node = node, .last_user = SHIM_NONE,
                                .flaw = iommu_flaw(board, node) };

    iommu.dom0s = iommu.flaw && board->guard->left && board->guard->left(board, node);
    return iommu;
}

static enum shim_code list_iommus(struct shim_board *board, struct shim_error *error)
{
    const struct shim_tree *tree = board->tree;
    uint32_t count = 0;

    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++)
        count += shim_is_iommu(tree, node);
    board->iommus = shim_alloc(board->arena, count, sizeof(*board->iommus));
    if (!board->iommus)
        return shim_no_dma_room(board, error);
    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++)
        if (shim_is_iommu(tree, node))
            board->iommus[board->iommu_count++] = look_at(board, node);
    return SHIM_OK;
}

/* ---- one device ------------------------------------------------------------------ */

static void note_flaw_of(struct shim_streams *streams, const char *flaw, const char *cause)
{
    if (!streams->flaw)
        streams->cause = cause;
    if (!streams->flaw)
        streams->flaw = flaw;
}

static void note_flaw(struct shim_streams *streams, const char *flaw)
{
    note_flaw_of(streams, flaw, flaw);
}

/* Of a driver that reads a mask: the register has 15 bits for it. */
enum { MASK_MOST = 0x7fff };

static const char *mask_flaw(const struct shim_board *board, uint32_t iommu,
                             struct shim_span entry, uint32_t cells)
{
    uint32_t mask = shim_stream_mask(board, iommu, entry, cells);

    return mask > MASK_MOST ? "has a mask that is too wide for the IOMMU" : NULL;
}

/* Why one entry of `iommus` does not protect, or NULL; `*cells` is its length. */
static const char *entry_flaw(const struct shim_board *board, uint32_t device,
                              struct shim_span rest, struct shim_streams *streams, uint32_t *cells)
{
    uint32_t node = shim_node_of_phandle(board->tree, shim_be32(rest.at));
    struct shim_iommu *iommu;

    *cells = 0;
    if (node == SHIM_NONE)
        return "names a phandle that no node has";
    iommu = shim_iommu_at(board, node);
    if (!iommu || !shim_cell(shim_prop(board->tree, node, SHIM_IOMMU_CELLS), cells))
        return "names a node without #iommu-cells";
    if (*cells > rest.len / 4 - 1) {
        *cells = 0;
        return "is shorter than the IOMMU's #iommu-cells";
    }
    shim_pass_through(streams, iommu, device);
    return iommu->flaw ? iommu->flaw : mask_flaw(board, node, rest, *cells);
}

static void read_iommus(const struct shim_board *board, uint32_t device, struct shim_span rest,
                        struct shim_streams *streams)
{
    if (!rest.len || rest.len % 4)
        note_flaw(streams, "its iommus property is not a list of cells");
    while (rest.len >= 4) {
        uint32_t cells;
        const char *flaw = entry_flaw(board, device, rest, streams, &cells);

        if (flaw)
            note_flaw_of(streams, shim_say(board->arena, "an iommus entry %s", flaw), flaw);
        rest.at += 4 * ((size_t)cells + 1);
        rest.len -= 4 * ((size_t)cells + 1);
    }
}

/* Behind a bridge any requester ID may appear. */
static void read_bridge(const struct shim_board *board, uint32_t node, struct shim_span map,
                        struct shim_streams *streams)
{
    const char *flaw = "nothing states which requester IDs an IOMMU translates";

    if (map.at)
        flaw = shim_iommu_map_flaw(board, node, streams);
    if (map.at && board->guard->map_flaw)
        flaw = board->guard->map_flaw;
    if (flaw)
        note_flaw(streams, flaw);
}

/* A device in the mmu-masters of SMMUs: all of them have to be driven, and one only. */
static void read_legacy(const struct shim_board *board, uint32_t node, struct shim_streams *streams)
{
    for (const struct shim_legacy_user *user = board->legacy[node]; user; user = user->next) {
        shim_pass_through(streams, shim_iommu_at(board, user->iommu), node);
        if (shim_iommu_at(board, user->iommu)->flaw)
            note_flaw(streams, "the mmu-masters of an IOMMU that protects nothing list it");
    }
    if (streams->several)
        note_flaw(streams, "the mmu-masters of several IOMMUs list it");
}

/* NULL flaw when every stream of the device is translated, else why not. */
static struct shim_streams streams_of(const struct shim_board *board, uint32_t node)
{
    struct shim_streams streams = { .iommu = SHIM_NONE, .dom0s = SHIM_NONE };
    struct shim_span list = shim_prop(board->tree, node, SHIM_IOMMUS);
    struct shim_span map = shim_prop(board->tree, node, SHIM_IOMMU_MAP);

    if (board->no_iommus)
        note_flaw(&streams, board->no_iommus);
    if (list.at)
        read_iommus(board, node, list, &streams);
    if (shim_is_pci(board->tree, node))
        read_bridge(board, node, map, &streams);
    else if (map.at)
        note_flaw(&streams, shim_iommu_map_flaw(board, node, &streams)
                                ? "its iommu-map leaves IDs without an IOMMU that is driven"
                                : "iommu-map covers IDs that may come and go");
    if (board->legacy)
        read_legacy(board, node, &streams);
    if (streams.iommu == SHIM_NONE)
        note_flaw(&streams, "no iommus property");
    if (!streams.flaw && board->guard->untranslated)
        note_flaw(&streams, board->guard->untranslated(board, node));
    return streams;
}

/* ---- IOMMUs behind IOMMUs ------------------------------------------------------------ */

/* The IOMMU that the first entry of a node's `iommus` names. */
static uint32_t upstream(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_IOMMUS);

    return list.len < 4 ? SHIM_NONE : shim_node_of_phandle(tree, shim_be32(list.at));
}

/* IOMMUs may sit behind one another, but never behind themselves. */
static enum shim_code check_cycle(const struct shim_tree *tree, uint32_t node,
                                  struct shim_error *error)
{
    uint32_t next = upstream(tree, node);

    for (unsigned hops = 0; next != SHIM_NONE && hops < SHIM_DEPTH_MAX; hops++) {
        if (next == node)
            return shim_fail(error, SHIM_E_VALUE, SHIM_PATH(tree, node), "iommus",
                             "set iommus to the IOMMU that its own accesses go through",
                             "its streams lead back to itself");
        next = upstream(tree, next);
    }
    return SHIM_OK;
}

static enum shim_code check_cycles(const struct shim_board *board, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < board->iommu_count; i++)
        code = check_cycle(board->tree, board->iommus[i].node, error);
    return code;
}

/* ---- who is one ------------------------------------------------------------------------- */

/* Known to hold no device of dom0's: descriptions, what is disabled, what dom0 will not see. */
static bool holds_none(const struct shim_board *board, uint32_t node)
{
    const struct shim_tree *tree = board->tree;

    return shim_is_description(tree, node) || !shim_available(tree, node) ||
           (tree->nodes[node].parent == SHIM_ROOT && shim_off_limits(board, node)) ||
           (board->hides && shim_has_known(tree, node, SHIM_IOMMU_CELLS) &&
            board->hides(board, node));
}

/* Marks them in board->dma, and counts them. */
static void find_masters(struct shim_board *board)
{
    const struct shim_tree *tree = board->tree;
    uint32_t quiet = 0; /* nodes below this number are known to master nothing */

    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++) {
        if (node < quiet)
            continue;
        if (holds_none(board, node)) {
            quiet = tree->nodes[node].past;
            continue;
        }
        if (shim_may_master(tree, node, board->guard->away) &&
            !(board->kept && board->kept[node])) {
            board->dma[node] = SHIM_DMA_UNPROTECTED;
            board->master_count++;
        }
        if (shim_is_pci(tree, node))
            quiet = tree->nodes[node].past; /* what is behind a host is the host's DMA */
    }
}

/* ---- verdicts --------------------------------------------------------------------------- */

/*
 * A stream that an SMMU's driver does not know may fault (USFCFG, or an STE that
 * aborts): a device behind a driven IOMMU that does not know it can do no DMA at all.
 */
static enum shim_dma verdict(const struct shim_board *board, const struct shim_streams *streams)
{
    if (!streams->flaw)
        return SHIM_DMA_PROTECTED;
    return board->guard->blocks && streams->iommu != SHIM_NONE && !board->no_iommus
               ? SHIM_DMA_BLOCKED : SHIM_DMA_UNPROTECTED;
}

static bool judge(struct shim_board *board)
{
    struct shim_master *next;

    next = board->masters = shim_alloc(board->arena, board->master_count, sizeof(*next));
    for (uint32_t node = SHIM_ROOT + 1; next && node < board->tree->node_count; node++) {
        struct shim_streams streams;

        if (board->dma[node] == SHIM_DMA_NONE)
            continue;
        streams = streams_of(board, node);
        board->dma[node] = (uint8_t)verdict(board, &streams);
        *next++ = (struct shim_master){ .node = node, .iommu = streams.iommu,
                                        .dom0s_iommu = streams.dom0s,
                                        .flaw = streams.flaw, .cause = streams.cause };
    }
    return next;
}

enum shim_code shim_survey_iommus(struct shim_board *board, struct shim_error *error)
{
    enum shim_code code;

    board->dma = shim_alloc(board->arena, board->tree->node_count, 1);
    if (!board->dma)
        return shim_no_dma_room(board, error);
    memset(board->dma, SHIM_DMA_NONE, board->tree->node_count);
    code = shim_read_told_iommus(board, error);
    if (!code)
        code = list_iommus(board, error);
    if (!code)
        code = check_cycles(board, error);
    if (!code)
        code = shim_read_mmu_masters(board, error);
    if (code)
        return code;
    board->no_iommus = board->guard->off(board);
    find_masters(board);
    return judge(board) ? SHIM_OK : shim_no_dma_room(board, error);
}
