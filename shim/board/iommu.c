// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * iommu: whose DMA does an IOMMU translate that the hypervisor being booted
 * drives?
 *
 * A device is protected when *every* stream of it provably goes through an
 * IOMMU that is available, has a driver (iommu-drivers) and a second stage.
 * Whatever cannot be proven is unprotected: a wrong tag is silent memory
 * corruption.
 *
 * Bindings: iommu/iommu.txt (`iommus`), pci/pci-iommu.yaml (`iommu-map`),
 * iommu/arm,smmu.yaml of 2013 (`mmu-masters`, which Xen still reads).
 */
#include "shim/board/iommu.h"

#include "shim/base/mem.h"
#include "shim/board/masters.h"
#include "shim/fdt/address.h"
#include "shim/plan/pass.h"

static const char pass[] = "iommu";

static enum shim_code no_memory(const struct shim_plan *plan, struct shim_error *error)
{
    return shim_fail(error, SHIM_E_MEMORY, "", NULL, "give dtshim more memory",
                     "no room for the DMA facts of %u nodes", plan->tree->node_count);
}

/* ---- IOMMUs ------------------------------------------------------------------- */

bool shim_has_driver(const struct shim_plan *plan, uint32_t iommu)
{
    struct shim_span list = shim_prop(plan->tree, iommu, SHIM_COMPATIBLE);
    struct shim_span drivers = plan->policy->list[SHIM_POLICY_IOMMU_DRIVERS];

    for (const char *at = shim_list_next(list, NULL); at; at = shim_list_next(list, at))
        if (shim_list_has(drivers, at))
            return true;
    return false;
}

/* Inside /chosen and the like nothing is a device. */
static bool stands_aside(const struct shim_tree *tree, uint32_t node)
{
    for (; node != SHIM_ROOT; node = tree->nodes[node].parent)
        if (shim_is_description(tree, node))
            return true;
    return false;
}

/* Why no stream through it is translated for guests; NULL: it does. */
static const char *iommu_flaw(const struct shim_plan *plan, uint32_t iommu)
{
    uint64_t address;

    if (!shim_reachable(plan->tree, iommu))
        return "names an IOMMU that is disabled";
    if (shim_prop(plan->tree, iommu, SHIM_XEN_PASSTHROUGH).at)
        return "names an IOMMU that is marked xen,passthrough";
    if (!shim_has_driver(plan, iommu))
        return "names an IOMMU that this hypervisor does not drive";
    if (!shim_device_address(plan->tree, iommu, &address) || stands_aside(plan->tree, iommu))
        return "names an IOMMU without registers that a CPU can reach";
    if (shim_lacks_stage2(plan, iommu))
        return "names an IOMMU without a second stage, which no hypervisor can drive";
    return NULL;
}

static bool is_iommu(const struct shim_tree *tree, uint32_t node)
{
    return shim_prop(tree, node, SHIM_IOMMU_CELLS).at || shim_prop(tree, node, SHIM_MMU_MASTERS).at;
}

static enum shim_code list_iommus(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t count = 0;

    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++)
        count += is_iommu(tree, node);
    plan->board->iommus = shim_alloc(plan->arena, count, sizeof(*plan->board->iommus));
    if (!plan->board->iommus)
        return no_memory(plan, error);
    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++)
        if (is_iommu(tree, node))
            plan->board->iommus[plan->board->iommu_count++] =
                (struct shim_iommu){ .node = node, .last_user = SHIM_NONE,
                                     .flaw = iommu_flaw(plan, node) };
    return SHIM_OK;
}

struct shim_iommu *shim_iommu_at(const struct shim_plan *plan, uint32_t node)
{
    uint32_t low = 0, high = plan->board->iommu_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (plan->board->iommus[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < plan->board->iommu_count && plan->board->iommus[low].node == node ? &plan->board->iommus[low] : NULL;
}

/* ---- one device ------------------------------------------------------------------ */

/* What was learned of a device on the way to its verdict. */
struct streams {
    uint32_t iommu;       /* the first one that is driven, or SHIM_NONE */
    bool several;         /* more than one driven IOMMU */
    const char *flaw;     /* the first reason why it is not protected */
};

static void note_flaw(struct streams *streams, const char *flaw)
{
    if (!streams->flaw)
        streams->flaw = flaw;
}

static void pass_through(struct streams *streams, struct shim_iommu *iommu, uint32_t device)
{
    iommu->users += iommu->last_user != device;
    iommu->last_user = device;
    if (iommu->flaw)
        return;
    if (streams->iommu == SHIM_NONE)
        streams->iommu = iommu->node;
    streams->several = streams->several || streams->iommu != iommu->node;
}

/* Why one entry of `iommus` does not protect, or NULL; `*cells` is its length. */
static const char *entry_flaw(const struct shim_plan *plan, uint32_t device,
                              struct shim_span rest, struct streams *streams, uint32_t *cells)
{
    uint32_t node = shim_node_of_phandle(plan->tree, shim_be32(rest.at));
    struct shim_iommu *iommu;

    *cells = 0;
    if (node == SHIM_NONE)
        return "names a phandle that nobody has";
    iommu = shim_iommu_at(plan, node);
    if (!iommu || !shim_cell(shim_prop(plan->tree, node, SHIM_IOMMU_CELLS), cells))
        return "names a node without #iommu-cells";
    if (*cells > rest.len / 4 - 1) {
        *cells = 0;
        return "is shorter than the IOMMU's #iommu-cells";
    }
    pass_through(streams, iommu, device);
    return iommu->flaw;
}

static void read_iommus(const struct shim_plan *plan, uint32_t device, struct shim_span rest,
                        struct streams *streams)
{
    if (!rest.len || rest.len % 4)
        note_flaw(streams, "its iommus property is not a list of cells");
    while (rest.len >= 4) {
        uint32_t cells;
        const char *flaw = entry_flaw(plan, device, rest, streams, &cells);

        if (flaw)
            note_flaw(streams, shim_say(plan->arena, "an entry of its iommus %s", flaw));
        rest.at += 4 * ((size_t)cells + 1);
        rest.len -= 4 * ((size_t)cells + 1);
    }
    if (streams->several && shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        note_flaw(streams, "its iommus name more than one IOMMU, and Xen 4.17 takes one");
}

enum { MAP_ENTRY = 16, REQUESTERS = 0x10000 };

/* Is every requester ID, as masked, in the set? */
static bool covers_all(const struct shim_ranges *covered, uint32_t mask)
{
    uint32_t id = 0;

    if (mask == REQUESTERS - 1)
        return shim_ranges_holding(covered, (struct shim_range){ 0, REQUESTERS });
    do {
        if (!shim_ranges_holding(covered, (struct shim_range){ id, 1 }))
            return false;
        id = (id - mask) & mask; /* the next number whose bits are all in the mask */
    } while (id);
    return true;
}

static const char *map_flaw(const struct shim_plan *plan, uint32_t node, struct shim_span map,
                            struct streams *streams)
{
    uint32_t mask = REQUESTERS - 1;
    struct shim_ranges covered;
    bool whole = true;

    if (!map.len || map.len % MAP_ENTRY ||
        !shim_ranges_init(&covered, plan->arena, (uint32_t)(map.len / MAP_ENTRY)))
        return "its iommu-map is no list of four cells each";
    for (; map.len; map.at += MAP_ENTRY, map.len -= MAP_ENTRY) {
        uint32_t target = shim_node_of_phandle(plan->tree, shim_be32(map.at + 4)), cells = 0;
        struct shim_iommu *iommu = target == SHIM_NONE ? NULL : shim_iommu_at(plan, target);

        if (!iommu || !shim_cell(shim_prop(plan->tree, target, SHIM_IOMMU_CELLS), &cells)) {
            whole = false;
            continue;
        }
        pass_through(streams, iommu, node);
        if (iommu->flaw || cells != 1)
            whole = false; /* the first entry that fits counts, and this may be it */
        else
            shim_ranges_collect(&covered, (struct shim_range){ shim_be32(map.at),
                                                               shim_be32(map.at + 12) });
    }
    shim_ranges_settle(&covered);
    shim_cell(shim_prop(plan->tree, node, SHIM_IOMMU_MAP_MASK), &mask);
    return whole && covers_all(&covered, mask & (REQUESTERS - 1))
               ? NULL : "its iommu-map leaves requester IDs without a driven IOMMU";
}

/* Behind a bridge any requester ID may appear. */
static void read_bridge(const struct shim_plan *plan, uint32_t node, struct shim_span map,
                        struct streams *streams)
{
    const char *flaw = "nothing says which requester IDs an IOMMU translates";

    if (map.at)
        flaw = map_flaw(plan, node, map, streams);
    if (map.at && shim_policy_for(plan->policy, SHIM_CONTRACT_XEN))
        flaw = "Xen 4.17 does not read iommu-map, so its requester IDs are not translated";
    if (flaw)
        note_flaw(streams, flaw);
}

/* A device in the mmu-masters of SMMUs: all of them have to be driven, and one only. */
static void read_legacy(const struct shim_plan *plan, uint32_t node, struct streams *streams)
{
    for (const struct shim_legacy_user *user = plan->board->legacy[node]; user; user = user->next) {
        pass_through(streams, shim_iommu_at(plan, user->iommu), node);
        if (shim_iommu_at(plan, user->iommu)->flaw)
            note_flaw(streams, "the mmu-masters of an IOMMU that protects nothing list it");
    }
    if (streams->several)
        note_flaw(streams, "the mmu-masters of several IOMMUs list it");
}

/* NULL flaw when every stream of the device is translated, else why not. */
static struct streams streams_of(const struct shim_plan *plan, uint32_t node)
{
    struct streams streams = { .iommu = SHIM_NONE };
    struct shim_span list = shim_prop(plan->tree, node, SHIM_IOMMUS);
    struct shim_span map = shim_prop(plan->tree, node, SHIM_IOMMU_MAP);

    if (plan->board->iommus_off)
        note_flaw(&streams, "Xen's command line switches IOMMUs off");
    if (list.at)
        read_iommus(plan, node, list, &streams);
    if (shim_is_pci(plan->tree, node))
        read_bridge(plan, node, map, &streams);
    else if (map.at)
        note_flaw(&streams, map_flaw(plan, node, map, &streams)
                                ? "its iommu-map leaves IDs without a driven IOMMU"
                                : "iommu-map covers IDs that may come and go");
    if (plan->board->legacy)
        read_legacy(plan, node, &streams);
    if (streams.iommu == SHIM_NONE)
        note_flaw(&streams, "no iommus property");
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
                             "let iommus name the IOMMU that its own accesses go through",
                             "its streams come back to itself");
        next = upstream(tree, next);
    }
    return SHIM_OK;
}

static enum shim_code check_cycles(const struct shim_plan *plan, struct shim_error *error)
{
    enum shim_code code = SHIM_OK;

    for (uint32_t i = 0; !code && i < plan->board->iommu_count; i++)
        code = check_cycle(plan->tree, plan->board->iommus[i].node, error);
    return code;
}

/* ---- verdicts --------------------------------------------------------------------------- */

/*
 * A stream that Xen's SMMU driver was not told of faults (USFCFG, or an STE that
 * aborts): being behind a driven IOMMU without Xen knowing it is no DMA at all.
 */
static void note_unprotected(struct shim_plan *plan, uint32_t node, const struct streams *streams)
{
    const struct shim_tree *tree = plan->tree;
    bool claims = shim_prop(tree, node, SHIM_IOMMUS).at || shim_prop(tree, node, SHIM_IOMMU_MAP).at;

    if (shim_policy_for(plan->policy, SHIM_CONTRACT_XEN) && streams->iommu != SHIM_NONE &&
        !plan->board->iommus_off) {
        plan->board->dma[node] = SHIM_DMA_BLOCKED;
        plan->board->blocked++;
        shim_note_device(plan, SHIM_WARNING, pass, node,
                         shim_say(plan->arena, "Xen will block its DMA behind %s",
                                  SHIM_PATH(tree, streams->iommu)), streams->flaw);
    } else if (claims) {
        shim_note_device(plan, SHIM_FINDING, pass, node, "not protected", streams->flaw);
    }
    if (shim_prop(tree, node, SHIM_XEN_DMA_SAFE).at)
        shim_note(plan, SHIM_DECISION, pass, node, "take xen-dma-safe away",
                  shim_say(plan->arena, "the tag was there, but %s", streams->flaw));
}

static void judge(struct shim_plan *plan, uint32_t node)
{
    struct streams streams = streams_of(plan, node);

    plan->board->masters++;
    plan->board->dma[node] = streams.flaw ? SHIM_DMA_UNPROTECTED : SHIM_DMA_PROTECTED;
    if (streams.flaw) {
        note_unprotected(plan, node, &streams);
        return;
    }
    plan->board->protected_masters++;
    shim_note_device(plan, SHIM_DECISION, pass, node, "xen-dma-safe",
                     shim_say(plan->arena, "all its streams go through %s",
                              SHIM_PATH(plan->tree, streams.iommu)));
}

static void untag(struct shim_plan *plan, uint32_t node)
{
    if (shim_prop(plan->tree, node, SHIM_XEN_DMA_SAFE).at)
        shim_note(plan, SHIM_DECISION, pass, node, "take xen-dma-safe away",
                  "the tag was there, but it is no available device behind an IOMMU");
}

static void judge_all(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t quiet = 0; /* nodes below this number are known to master nothing */

    for (uint32_t node = SHIM_ROOT + 1; node < tree->node_count; node++) {
        bool master;

        if (node >= quiet && (shim_is_description(tree, node) || !shim_available(tree, node) ||
                              (tree->nodes[node].parent == SHIM_ROOT &&
                               shim_plan_off_limits(plan, node))))
            quiet = tree->nodes[node].past;
        master = node >= quiet && shim_may_master(tree, node);
        if (master)
            judge(plan, node);
        else
            untag(plan, node);
        if (node >= quiet && shim_is_pci(tree, node))
            quiet = tree->nodes[node].past; /* what is behind a host is the host's DMA */
    }
}

static void note_iommus(struct shim_plan *plan)
{
    for (uint32_t i = 0; i < plan->board->iommu_count; i++) {
        const struct shim_iommu *iommu = &plan->board->iommus[i];

        shim_note_device(plan, SHIM_FINDING, pass, iommu->node,
                         shim_say(plan->arena, "an IOMMU, named by %u device%s%s", iommu->users,
                                  iommu->users == 1 ? "" : "s",
                                  iommu->flaw ? ", protects nobody" : ""),
                         iommu->flaw ? shim_say(plan->arena, "whoever names it %s", iommu->flaw)
                                     : "the policy's iommu-drivers has it");
    }
}

static enum shim_coverage coverage_of(const struct shim_plan *plan)
{
    if (!plan->board->protected_masters)
        return SHIM_COVERAGE_NONE;
    return plan->board->protected_masters == plan->board->masters ? SHIM_COVERAGE_ALL : SHIM_COVERAGE_SOME;
}

static void note_coverage(struct shim_plan *plan)
{
    shim_note(plan, SHIM_FINDING, pass, SHIM_NONE,
              shim_say(plan->arena, "coverage %s: %u of %u possible DMA masters protected",
                       shim_coverage_word(plan->board->coverage), plan->board->protected_masters,
                       plan->board->masters),
              "any available device may master DMA unless it is known not to");
    if (plan->board->blocked)
        shim_note(plan, SHIM_WARNING, pass, SHIM_NONE,
                  shim_say(plan->arena, "Xen will block the DMA of %u devices", plan->board->blocked),
                  "they sit behind an IOMMU that it drives, but it does not learn their streams; "
                  "iommu=off on Xen's command line lets them through untranslated");
}

enum shim_code shim_pass_iommu(struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    enum shim_code code;

    plan->board->dma = shim_alloc(plan->arena, tree->node_count, 1);
    if (!plan->board->dma)
        return no_memory(plan, error);
    memset(plan->board->dma, SHIM_DMA_NONE, tree->node_count);
    code = list_iommus(plan, error);
    if (!code)
        code = check_cycles(plan, error);
    if (!code)
        code = shim_read_mmu_masters(plan, error);
    if (code)
        return code;
    if (shim_check_told_iommus(plan, error))
        return error->code;
    plan->board->iommus_off = shim_iommus_off(tree);
    if (plan->board->iommus_off)
        shim_note(plan, SHIM_WARNING, pass, shim_child(tree, SHIM_ROOT, "chosen"),
                  "no IOMMU protects anything", "Xen's command line switches them off");
    judge_all(plan);
    note_iommus(plan);
    plan->board->coverage = coverage_of(plan);
    note_coverage(plan);
    return SHIM_OK;
}
