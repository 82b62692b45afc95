// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Regions of /reserved-memory that overlap (check_reserved_regions_overlap(), 4.18 to 4.22). A
 * driver reads the size of its region, so only what no driver knows is cut.
 */
#include "shim/fdt/address.h"
#include "shim/xen/plan.h"
#include "shim/xen/releases.h"
#include "shim/xen/trap/rows.h"

static const enum shim_pass_id pass = SHIM_PASS_CONTRACT;

/* ---- do any overlap? ------------------------------------------------------------------------ */

/* Does an entry of the region's reg overlap the range? Not the `skip`-th; UINT32_MAX: any. */
static bool region_meets(const struct shim_tree *tree, uint32_t node, struct shim_range range,
                         uint32_t skip)
{
    struct shim_entries entries = shim_region_entries(tree, node);
    struct shim_entry entry;

    for (uint32_t i = 0; shim_next_entry(&entries, &entry); i++)
        if (i != skip && entry.size &&
            shim_range_overlaps(range, shim_cut_range(entry.address, entry.size)))
            return true;
    return false;
}

/*
 * The first region from `first` on up to and with `node` that overlaps one of its entries; also
 * a point strictly inside: Xen looks at an entry without size before it skips it.
 */
static uint32_t met_by(const struct shim_tree *tree, uint32_t first, uint32_t node)
{
    for (uint32_t other = first; other != SHIM_NONE && other <= node;
         other = shim_next_region(tree, other, true)) {
        struct shim_entries entries = shim_region_entries(tree, node);
        struct shim_entry entry;

        for (uint32_t i = 0; shim_next_entry(&entries, &entry); i++)
            if (region_meets(tree, other, shim_cut_range(entry.address, entry.size),
                             other == node ? i : UINT32_MAX))
                return other;
    }
    return SHIM_NONE;
}

/* The first region after `node` that overlaps one before it, or itself, which is `*other`. */
static uint32_t next_meeting(const struct shim_tree *tree, uint32_t node, uint32_t *other)
{
    uint32_t first = shim_next_region(tree, SHIM_NONE, true);

    for (node = shim_next_region(tree, node, true); node != SHIM_NONE;
         node = shim_next_region(tree, node, true)) {
        *other = met_by(tree, first, node);
        if (*other != SHIM_NONE)
            return node;
    }
    return SHIM_NONE;
}

/* Quadratic, so only where Xen could take them all: else the count is what is wrong. */
static bool few_enough(const struct shim_tree *tree)
{
    uint32_t count = 0;

    for (uint32_t node = shim_next_region(tree, SHIM_NONE, true); node != SHIM_NONE;
         node = shim_next_region(tree, node, true))
        count += (uint32_t)(shim_prop(tree, node, SHIM_REG).len / 8);
    return count <= 2 * SHIM_XEN_BANKS_MAX;
}

void shim_find_reserved_overlap(struct shim_check *check, const struct shim_trap *trap)
{
    const struct shim_tree *tree = check->tree;
    uint32_t other, node = few_enough(tree) ? next_meeting(tree, SHIM_NONE, &other) : SHIM_NONE;

    if (node == SHIM_NONE)
        return;
    if (other == node)
        shim_breach(check, trap, node, "overlaps itself");
    else
        shim_breach(check, trap, node, "overlaps %s", SHIM_PATH(tree, other));
}

/* ---- which of two gives way ------------------------------------------------------------------ */

static bool unmapped(const struct shim_tree *tree, uint32_t node)
{
    return shim_has_known(tree, node, SHIM_NO_MAP);
}

/* What no driver knows gives way; then what may be mapped; then the later one. */
static bool yields(const struct shim_tree *tree, uint32_t node, uint32_t to)
{
    bool used = shim_region_is_used(tree, node);

    if (used != shim_region_is_used(tree, to))
        return !used;
    if (unmapped(tree, node) != unmapped(tree, to))
        return unmapped(tree, to);
    return node > to;
}

/* What must not be mapped does not become part of what may be. */
static bool can_yield(const struct shim_tree *tree, uint32_t node, uint32_t to)
{
    return !shim_region_is_used(tree, node) && (!unmapped(tree, node) || unmapped(tree, to));
}

static bool both_meet(const struct shim_tree *tree, uint32_t node, uint32_t other)
{
    struct shim_entries entries = shim_region_entries(tree, node);
    struct shim_entry entry;

    for (uint32_t i = 0; shim_next_entry(&entries, &entry); i++)
        if (entry.size &&
            region_meets(tree, other, shim_cut_range(entry.address, entry.size),
                         other == node ? i : UINT32_MAX))
            return true;
    return false;
}

/* The next region after `other` (SHIM_NONE: the first) that this one overlaps; also itself. */
static uint32_t next_met(const struct shim_tree *tree, uint32_t node, uint32_t other)
{
    do
        other = shim_next_region(tree, other, true);
    while (other != SHIM_NONE && !both_meet(tree, node, other));
    return other;
}

/* The first one that neither can give way to; SHIM_NONE. */
static uint32_t stuck_with(const struct shim_tree *tree, uint32_t node)
{
    uint32_t other = next_met(tree, node, SHIM_NONE);

    while (other != SHIM_NONE) {
        bool gives = other == node || yields(tree, node, other);

        if (gives ? !can_yield(tree, node, other) : !can_yield(tree, other, node))
            return other;
        other = next_met(tree, node, other);
    }
    return SHIM_NONE;
}

enum shim_code shim_refuse_overlap(const struct shim_plan *plan, struct shim_error *error)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t other, node = few_enough(tree) ? next_meeting(tree, SHIM_NONE, &other) : SHIM_NONE;

    for (; node != SHIM_NONE; node = next_meeting(tree, node, &other)) {
        uint32_t with = stuck_with(tree, node);

        if (with != SHIM_NONE)
            return shim_fail(error, SHIM_E_UNSUPPORTED, SHIM_PATH(tree, node), "reg",
                             "shrink one of them, or join them in one node: drivers may know both, "
                             "so neither is cut",
                             "this reserved memory overlaps %s, and no Xen from 4.18 on reads "
                             "beyond that", with == node ? "itself" : SHIM_PATH(tree, with));
    }
    return SHIM_OK;
}

/* ---- entries without size ----------------------------------------------------------------------- */

/* The region that has a point of this one strictly inside; SHIM_NONE. */
static uint32_t around_a_point(const struct shim_tree *tree, uint32_t node)
{
    struct shim_entries entries = shim_region_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        for (uint32_t other = shim_next_region(tree, SHIM_NONE, true);
             !entry.size && other != SHIM_NONE; other = shim_next_region(tree, other, true))
            if (region_meets(tree, other, (struct shim_range){ entry.address, 0 }, UINT32_MAX))
                return other;
    return SHIM_NONE;
}

/* They say nothing; all others stay as they are. */
static bool keep_sized(struct shim_cut_region *cut, struct shim_plan *plan)
{
    struct shim_entries entries = shim_region_entries(plan->tree, cut->node);
    struct shim_entry entry;
    bool room = shim_ranges_init(&cut->kept, plan->arena,
                                 (uint32_t)(entries.rest.len / 8) + 1);

    while (room && shim_next_entry(&entries, &entry))
        room = shim_ranges_collect(&cut->kept, shim_cut_range(entry.address, entry.size));
    return room;
}

/* ---- what is cut ------------------------------------------------------------------------------ */

static bool collect(struct shim_ranges *set, const struct shim_tree *tree, uint32_t node)
{
    struct shim_entries entries = shim_region_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (!shim_ranges_add(set, shim_cut_range(entry.address, entry.size)))
            return false;
    return true;
}

static bool take_off(struct shim_ranges *set, const struct shim_tree *tree, uint32_t node)
{
    struct shim_entries entries = shim_region_entries(tree, node);
    struct shim_entry entry;

    while (shim_next_entry(&entries, &entry))
        if (!shim_ranges_remove(set, shim_cut_range(entry.address, entry.size)))
            return false;
    return true;
}

static bool keep_rest(struct shim_cut_region *cut, struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    bool room = shim_ranges_init(&cut->kept, plan->arena, 4 * SHIM_XEN_BANKS_MAX) &&
                collect(&cut->kept, tree, cut->node);

    for (uint32_t other = next_met(tree, cut->node, SHIM_NONE); room && other != SHIM_NONE;
         other = next_met(tree, cut->node, other))
        if (other != cut->node && yields(tree, cut->node, other))
            room = take_off(&cut->kept, tree, other);
    return room;
}

static bool has_to_be_cut(const struct shim_tree *tree, uint32_t node, uint32_t *by)
{
    *by = next_met(tree, node, SHIM_NONE);
    while (*by != SHIM_NONE && *by != node && !yields(tree, node, *by))
        *by = next_met(tree, node, *by);
    return *by != SHIM_NONE;
}

static const char *fate(const struct shim_cut_region *cut)
{
    return cut->pointed      ? "loses its entries without size"
         : cut->kept.count   ? "is cut where it overlaps another region"
                             : "is removed";
}

static void cut_region(struct shim_plan *plan, uint32_t node, uint32_t by, bool pointed)
{
    struct shim_cut_region *cut = shim_alloc(plan->arena, 1, sizeof(*cut));

    if (cut)
        *cut = (struct shim_cut_region){ .next = plan->xen->reserving.cut, .node = node,
                                         .pointed = pointed };
    if (!cut || !(pointed ? keep_sized(cut, plan) : keep_rest(cut, plan))) {
        plan->arena->full = true;
        return;
    }
    plan->xen->reserving.cut = cut;
    shim_note(plan, SHIM_DECISION, pass, node, fate(cut),
              shim_say(plan->arena, "%s reserves that%s, and no Xen from 4.18 on gets past regions "
                       "that overlap", SHIM_PATH(plan->tree, by),
                       pointed ? "" : ", no driver knows this one"));
}

void shim_decide_overlap(struct shim_plan *plan)
{
    const struct shim_tree *tree = plan->tree;
    uint32_t by, node = SHIM_NONE;

    if (!few_enough(tree) || next_meeting(tree, SHIM_NONE, &by) == SHIM_NONE)
        return;
    while ((node = shim_next_region(tree, node, true)) != SHIM_NONE) {
        if (has_to_be_cut(tree, node, &by))
            cut_region(plan, node, by, false);
        else if ((by = around_a_point(tree, node)) != SHIM_NONE)
            cut_region(plan, node, by, true);
    }
}

void shim_mend_overlap(const struct shim_plan *plan, struct shim_edits *edits)
{
    const struct shim_tree *tree = plan->tree;

    for (const struct shim_cut_region *cut = plan->xen->reserving.cut; cut; cut = cut->next)
        if (cut->kept.count)
            shim_put_reg(edits, shim_cursor(cut->node), "reg",
                         shim_inherited_cells(tree, tree->nodes[cut->node].parent), cut->kept.at,
                         cut->kept.count);
        else if (cut->pointed)
            shim_delete_prop(edits, cut->node, SHIM_REG);
        else
            shim_delete_node(edits, cut->node);
}
