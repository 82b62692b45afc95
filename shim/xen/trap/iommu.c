// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/trap/iommu.h"

#include "shim/base/mem.h"
#include "shim/board/iommu.h"
#include "shim/board/masters.h"
#include "shim/fdt/id_map.h"
#include "shim/xen/block.h"
#include "shim/xen/claims.h"
#include "shim/xen/devices.h"
#include "shim/model/switch.h"
#include "shim/xen/modules.h"
#include "shim/xen/plan.h"
#include "shim/xen/told.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* No hardware: virtio devices that go through grants (bindings/iommu/xen,grant-dma.yaml). */
static bool is_grants(const struct shim_tree *tree, uint32_t node)
{
    return shim_compatible(tree, node, "xen,grant-dma");
}

/* Available, and of no kind that Xen drives. */
static bool is_undriven(const struct shim_board *board, uint32_t iommu)
{
    return shim_has_known(board->tree, iommu, SHIM_IOMMU_CELLS) && !shim_has_driver(board, iommu) &&
           !is_grants(board->tree, iommu) && shim_reachable(board->tree, iommu);
}

/* An IOMMU that dom0 would see and use: available, and of no kind that Xen drives or skips. */
static bool shows_iommu(const struct shim_board *board, uint32_t iommu)
{
    return is_undriven(board, iommu) && !shim_xen_leaves_out(board, iommu);
}

/* Does this node have an iommu-map that is left dangling when Xen hides its IOMMU? */
static bool leaves_map(const struct shim_plan *plan, uint32_t node)
{
    struct shim_id_map map;
    struct shim_id_row row;

    if (!shim_has_known(plan->tree, node, SHIM_IOMMU_MAP) ||
        !shim_read_iommu_map(&map, plan->tree, node))
        return false;
    while (shim_next_id_row(&map, &row))
        if (shim_has_driver(plan->board, row.target))
            return !shim_xen_leaves_out(plan->board, node);
    return false;
}

bool shim_xen_uses_iommu(const struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->board->iommu_count; i++)
        if (!plan->board->iommus[i].flaw && !plan->board->no_iommus)
            return true;
    return false;
}

/* A node that provides more than translation, such as a memory controller, stays. */
static bool provides_more(const struct shim_tree *tree, uint32_t node)
{
    static const char own[] = "#iommu-cells\0#address-cells\0#size-cells\0";

    for (uint32_t prop = tree->nodes[node].first_prop; prop < tree->nodes[node].props_end; prop++) {
        const char *name = shim_prop_name(tree, prop);

        if (shim_matches_one("#*-cells\0", name) && !shim_matches_one(own, name))
            return true;
    }
    return false;
}

/* Such an IOMMU is switched off for dom0, with all that is below it. */
static bool hides(const struct shim_board *board, uint32_t iommu)
{
    return shows_iommu(board, iommu) && !provides_more(board->tree, iommu) &&
           !shim_wants_domain(board);
}

const struct shim_guard shim_xen_guard = {
    .away = SHIM_XEN_PASSTHROUGH, /* disabled in dom0's tree (write_properties(), 4.17) */
    .away_flaw = "names an IOMMU that is marked xen,passthrough",
    .map_flaw = "Xen before 4.21 does not read iommu-map, so its requester IDs are not translated",
    .blocks = true,
    .off = shim_xen_off,
    .undriven = shim_xen_undriven,
    .untranslated = shim_xen_untranslated,
    .hides = hides,
    .next_claim = shim_xen_next_claim,
};

struct shim_guard shim_xen_guard_for(const struct shim_releases *releases,
                                     const struct shim_tree *tree)
{
    struct shim_guard guard = shim_xen_guard;

    if (!SHIM_EACH_XEN(releases, reads_iommu_map))
        return guard;
    guard.map_flaw = shim_line_switch(shim_xen_command_line(tree), "pci-passthrough") > 0
        ? NULL : "without pci-passthrough=on Xen does not read iommu-map, so its requester IDs are "
                 "not translated";
    return guard;
}

/* ---- find ------------------------------------------------------------------------ */

void shim_find_iommu_shown(struct shim_check *check, const struct shim_trap *trap)
{
    bool xen = shim_policy_for(check->policy, SHIM_CONTRACT_XEN) && !shim_has_no_dom0(check);

    for (uint32_t i = 0; xen && i < check->plan->board->iommu_count; i++) {
        const struct shim_iommu *iommu = &check->plan->board->iommus[i];

        if (iommu->users && shows_iommu(check->plan->board, iommu->node))
            shim_breach(check, trap, iommu->node,
                        "Xen has no driver for this IOMMU; %u devices use it", iommu->users);
    }
}

void shim_find_iommu_map_left(struct shim_check *check, const struct shim_trap *trap)
{
    bool xen = shim_policy_for(check->policy, SHIM_CONTRACT_XEN) && !shim_has_no_dom0(check);

    for (uint32_t node = 1; xen && node < check->tree->node_count; node++)
        if (leaves_map(check->plan, node))
            shim_breach(check, trap, node, "its iommu-map names an IOMMU that Xen will hide");
}

void shim_find_iommu_blocked(struct shim_check *check, const struct shim_trap *trap)
{
    for (uint32_t node = 1; node < check->tree->node_count; node++)
        if (check->plan->board->dma[node] == SHIM_DMA_BLOCKED)
            shim_breach(check, trap, node,
                        "is behind an IOMMU that Xen drives, and is not let through");
}

/* ---- decide ---------------------------------------------------------------------- */

/* What is below is hidden with it, whether it has a status or not. */
static void note_what_goes(struct shim_plan *plan, uint32_t iommu)
{
    for (uint32_t node = iommu + 1; node < plan->tree->nodes[iommu].past; node++)
        if (shim_has_known(plan->tree, node, SHIM_IOMMUS) &&
            shim_may_master(plan->tree, node, SHIM_XEN_PASSTHROUGH))
            shim_note(plan, SHIM_WARNING, pass, node, "is hidden with the IOMMU above it",
                      "dom0 sees neither: Xen has no driver for that IOMMU");
}

static void decide_iommu(struct shim_plan *plan, uint32_t iommu)
{
    bool stays = provides_more(plan->tree, iommu);
    const char *what = stays ? "is no longer named by its users"
                             : "is hidden from dom0, with its users' references";

    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = iommu,
        .what = what,
        .reason = "Xen has no driver for it: dom0 would translate bus addresses a second time, and "
                  "all DMA through it would fault",
        .alike = { .kind = SHIM_ALIKE_IOMMU_KEPT, .shared = what } });
    if (!stays)
        note_what_goes(plan, iommu);
}

void shim_decide_iommu_shown(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->board->iommu_count; i++)
        if (shows_iommu(plan->board, plan->board->iommus[i].node))
            decide_iommu(plan, plan->board->iommus[i].node);
}

void shim_decide_iommu_map_left(struct shim_plan *plan)
{
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (leaves_map(plan, node))
            shim_note_in_full(plan, (struct shim_note){
                .kind = SHIM_DECISION, .pass = pass, .node = node, .what = "loses its iommu-map",
                .reason = "Xen hides the IOMMU, and before 4.19 leaves a dangling reference",
                .alike = { .kind = SHIM_ALIKE_MAP_LOST } });
}

/* ---- write ------------------------------------------------------------------------ */

/* The length in bytes of an `iommus` entry; 0 where the list is unsound. */
static size_t entry_len(const struct shim_plan *plan, struct shim_span rest)
{
    uint32_t target = shim_node_of_phandle(plan->tree, shim_be32(rest.at)), cells;

    if (target == SHIM_NONE ||
        !shim_cell(shim_prop(plan->tree, target, SHIM_IOMMU_CELLS), &cells) ||
        cells > rest.len / 4 - 1)
        return 0;
    return 4 * ((size_t)cells + 1);
}

/* What stays of a list of references. */
struct kept {
    uint8_t *at;
    size_t len;
};

static void keep(struct kept *kept, struct shim_span bytes)
{
    if (bytes.len)
        memcpy(kept->at + kept->len, bytes.at, bytes.len);
    kept->len += bytes.len;
}

/* An unsound rest stays as it is. */
static void keep_iommus(const struct shim_plan *plan, uint32_t node, struct kept *kept)
{
    struct shim_span rest = shim_prop(plan->tree, node, SHIM_IOMMUS);

    while (rest.len >= 4) {
        struct shim_span entry = { rest.at, entry_len(plan, rest) };

        if (!entry.len)
            break;
        if (!is_undriven(plan->board, shim_node_of_phandle(plan->tree, shim_be32(entry.at))))
            keep(kept, entry);
        rest.at += entry.len;
        rest.len -= entry.len;
    }
    keep(kept, rest);
}

/* What Xen hides it names itself. An unsound map stays as it is: no kernel reads it. */
static void keep_map(const struct shim_plan *plan, uint32_t node, struct kept *kept)
{
    bool own = !SHIM_EACH_XEN(&plan->xen->releases, removes_iommu_map);
    struct shim_id_map map;
    struct shim_id_row row;

    if (shim_read_iommu_map(&map, plan->tree, node))
        while (shim_next_id_row(&map, &row))
            if (!is_undriven(plan->board, row.target) &&
                !(own && shim_has_driver(plan->board, row.target)))
                keep(kept, row.bytes);
    keep(kept, map.rest);
}

/* False when nothing of the property is left. */
static bool prune(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node,
                  enum shim_name name)
{
    struct kept kept = { .at = shim_alloc(edits->arena, shim_prop(plan->tree, node, name).len, 1) };

    edits->full = edits->full || !kept.at;
    if (!kept.at)
        return true;
    if (name == SHIM_IOMMU_MAP)
        keep_map(plan, node, &kept);
    else
        keep_iommus(plan, node, &kept);
    if (kept.len)
        shim_put(edits, shim_cursor(node), shim_name_string(plan->tree, name), kept.at, kept.len);
    else
        shim_delete_prop(edits, node, name);
    return kept.len != 0;
}

static bool uses_iommu(const struct shim_tree *tree, uint32_t node)
{
    return shim_prop(tree, node, SHIM_IOMMUS).len || shim_prop(tree, node, SHIM_IOMMU_MAP).len;
}

static void write_user(const struct shim_plan *plan, struct shim_edits *edits, uint32_t node)
{
    if (shim_prop(plan->tree, node, SHIM_IOMMUS).len)
        prune(plan, edits, node, SHIM_IOMMUS);
    if (shim_prop(plan->tree, node, SHIM_IOMMU_MAP).len &&
        !prune(plan, edits, node, SHIM_IOMMU_MAP))
        shim_delete_prop(edits, node, SHIM_IOMMU_MAP_MASK);
}

static void write_iommu(const struct shim_plan *plan, struct shim_edits *edits, uint32_t iommu)
{
    if (provides_more(plan->tree, iommu))
        shim_delete_prop(edits, iommu, SHIM_MMU_MASTERS); /* it stays, without users */
    else
        shim_put_string(edits, shim_cursor(iommu), "status", "disabled");
}

/* Both: a list of references is gone through once. */
void shim_mend_iommus(const struct shim_plan *plan, struct shim_edits *edits)
{
    if (!plan->board->iommu_count)
        return;
    for (uint32_t node = 1; node < plan->tree->node_count; node++)
        if (uses_iommu(plan->tree, node) && !shim_xen_leaves_out(plan->board, node))
            write_user(plan, edits, node);
    for (uint32_t i = 0; i < plan->board->iommu_count; i++)
        if (shows_iommu(plan->board, plan->board->iommus[i].node))
            write_iommu(plan, edits, plan->board->iommus[i].node);
}
