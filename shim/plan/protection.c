// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* iommu: what the verdicts of the survey mean, device by device. */
#include "shim/plan/pass.h"

static const enum shim_pass_id pass = SHIM_PASS_IOMMU;

static void note_tag_taken(struct shim_plan *plan, uint32_t node, const char *reason)
{
    shim_note_in_full(plan, (struct shim_note){
        .kind = SHIM_DECISION, .pass = pass, .node = node, .what = "remove xen-dma-safe",
        .reason = reason,
        .alike = { .kind = SHIM_ALIKE_UNTAGGED, .reason = "the tag was there without an IOMMU" } });
}

static void note_unprotected(struct shim_plan *plan, const struct shim_master *master)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t node = master->node;

    if (plan->board->dma[node] == SHIM_DMA_BLOCKED)
        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_WARNING, .pass = pass, .node = node, .device = true,
            .what = shim_say(plan->arena, "Xen will block its DMA behind %s",
                             SHIM_PATH(tree, master->iommu)),
            .reason = master->flaw,
            .alike = { .kind = SHIM_ALIKE_BLOCKED, .shared = master->cause,
                       .what = "Xen will block its DMA" } });
    else if (shim_has_known(tree, node, SHIM_IOMMUS) || shim_has_known(tree, node, SHIM_IOMMU_MAP))
        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_FINDING, .pass = pass, .node = node, .device = true,
            .what = "not protected", .reason = master->flaw,
            .alike = { .kind = SHIM_ALIKE_UNPROTECTED, .shared = master->cause } });
    if (shim_has_known(tree, node, SHIM_XEN_DMA_SAFE))
        note_tag_taken(plan, node,
                       shim_say(plan->arena, "the tag was there, but %s", master->flaw));
}

static void note_master(struct shim_plan *plan, const struct shim_master *master)
{
    if (master->flaw)
        note_unprotected(plan, master);
    else
        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_DECISION, .pass = pass, .node = master->node, .device = true,
            .what = "xen-dma-safe",
            .reason = shim_say(plan->arena, "all its streams go through %s",
                               SHIM_PATH(plan->tree, master->iommu)),
            .alike = { .kind = SHIM_ALIKE_SAFE,
                       .reason = "all its streams go through an IOMMU that protects" } });
}

/* In document order, with those that are not masters in between. */
static void note_devices(struct shim_plan *plan)
{
    const struct shim_master *next = plan->board->masters;
    const struct shim_master *past = next + plan->board->master_count;

    for (uint32_t node = SHIM_ROOT + 1; node < plan->tree->node_count; node++) {
        if (next != past && next->node == node)
            note_master(plan, next++);
        else if (shim_has_known(plan->tree, node, SHIM_XEN_DMA_SAFE))
            note_tag_taken(plan, node, "the tag was there, but it is not an available device "
                           "behind an IOMMU");
    }
}

static void note_iommus(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        const struct shim_iommu *iommu = &plan->board->iommus[i];

        shim_note_in_full(plan, (struct shim_note){
            .kind = SHIM_FINDING, .pass = pass, .node = iommu->node, .device = true,
            .detail = true,
            .what = shim_say(plan->arena, "an IOMMU, named by %u device%s%s", iommu->users,
                             iommu->users == 1 ? "" : "s",
                             iommu->flaw ? ", protects nothing" : ""),
            .reason = iommu->flaw ? shim_say(plan->arena, "a device that uses it %s", iommu->flaw)
                                  : "the policy's iommu-drivers lists it",
            .alike = { .kind = SHIM_ALIKE_IOMMU, .shared = iommu->flaw,
                       .what = iommu->flaw ? "protects nothing" : "is driven" } });
    }
}

static void note_coverage(struct shim_plan *plan)
{
    const struct shim_board *board = plan->board;
    uint32_t blocked = shim_count_masters(board, SHIM_DMA_BLOCKED);

    shim_note_detail(plan, SHIM_FINDING, pass, SHIM_NONE,
                     shim_say(plan->arena, "coverage %s: %u of %u possible DMA masters protected",
                              shim_coverage_word(shim_coverage(board)),
                              shim_count_masters(board, SHIM_DMA_PROTECTED), board->master_count),
                     "any available device may master DMA unless it is known not to");
    if (blocked)
        shim_note_detail(plan, SHIM_WARNING, pass, SHIM_NONE,
                         shim_say(plan->arena, "Xen will block the DMA of %u device%s", blocked,
                                  blocked == 1 ? "" : "s"),
                         "they are behind an IOMMU that it drives, but it does not know their "
                         "streams; iommu=off on Xen's command line lets them through untranslated");
}

enum shim_code shim_pass_iommu(struct shim_plan *plan, struct shim_error *error)
{
    (void)error;
    if (plan->board->no_iommus)
        shim_note(plan, SHIM_WARNING, pass, shim_child(plan->tree, SHIM_ROOT, "chosen"),
                  "no IOMMU protects anything", plan->board->no_iommus);
    note_devices(plan);
    note_iommus(plan);
    note_coverage(plan);
    return SHIM_OK;
}
