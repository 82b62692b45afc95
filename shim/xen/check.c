// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/check.h"

#include "shim/base/mem.h"
#include "shim/plan/write.h"
#include "shim/xen/plan.h"

/* ---- what one release shows ---------------------------------------------------------------- */

struct found {
    struct found *next;
    struct shim_trap trap; /* a row may be made for one breach */
    uint32_t node;
    const char *words;
};

/* In the order of being found. */
struct list {
    struct shim_arena *arena;
    struct found *first, **end;
    const struct found *next; /* where is_in() begins; NULL: at the first */
};

static void collect(void *self, const struct shim_trap *trap, uint32_t node, const char *words)
{
    struct list *list = self;
    struct found *found = shim_alloc(list->arena, 1, sizeof(*found));

    if (!found)
        return;
    *found = (struct found){ .trap = *trap, .node = node,
                             .words = shim_say(list->arena, "%s", words) };
    *list->end = found;
    list->end = &found->next;
}

static bool meets(const struct shim_trap *row, const struct shim_plan *plan)
{
    bool enters = !row->entries || row->entries >> plan->facts->entry & 1;

    return row->find && enters && shim_releases_meet(&plan->xen->releases, row->since, row->until);
}

static void look_for(const struct shim_check *check, const struct shim_trap *row,
                     const struct shim_release *release, struct list *list)
{
    struct shim_releases *releases = &check->plan->xen->releases;
    struct shim_releases both = *releases;
    struct shim_check one = *check;

    *list = (struct list){ .arena = check->plan->arena, .end = &list->first };
    one.breach = collect;
    one.self = list;
    releases->first = releases->last = release;
    if (meets(row, check->plan))
        row->find(&one, row);
    *releases = both;
}

/* ---- what both do -------------------------------------------------------------------------- */

static const struct found *find(const struct found *from, const struct found *end,
                                const struct found *found)
{
    for (; from != end; from = from->next)
        if (from->node == found->node && !strcmp(from->words, found->words))
            return from;
    return NULL;
}

/* What both releases show they show in one order: most are right behind the one before. */
static bool is_in(struct list *list, const struct found *found)
{
    const struct found *at = find(list->next, NULL, found);

    if (!at)
        at = find(list->first, list->next, found);
    if (at)
        list->next = at->next;
    return at != NULL;
}

/* `only`: the one release that it is for; NULL: each. */
static void tell(struct shim_check *check, const struct found *found,
                 const struct shim_release *only)
{
    if (only)
        shim_breach(check, &found->trap, found->node, "%s (Xen %s)", found->words, only->name);
    else
        shim_breach(check, &found->trap, found->node, "%s", found->words);
}

static void tell_of_both(struct shim_check *check, const struct shim_trap *row)
{
    const struct shim_releases releases = check->plan->xen->releases;
    struct list first, last;

    look_for(check, row, releases.first, &first);
    look_for(check, row, releases.last, &last);
    for (const struct found *found = first.first; found; found = found->next)
        tell(check, found, is_in(&last, found) ? NULL : releases.first);
    for (const struct found *found = last.first; found; found = found->next)
        if (!is_in(&first, found))
            tell(check, found, releases.last);
}

enum shim_code shim_check_all(struct shim_check *check, struct shim_error *error)
{
    const struct shim_releases *releases = &check->plan->xen->releases;
    bool one = releases->first == releases->last;

    for (unsigned i = 0; i < shim_trap_count; i++) {
        if (!meets(&shim_traps[i], check->plan))
            continue;
        if (one || shim_traps[i].alike)
            shim_traps[i].find(check, &shim_traps[i]);
        else
            tell_of_both(check, &shim_traps[i]);
        if (shim_traps[i].alone && check->broken)
            break;
    }
    return check->plan->arena->full ? shim_no_room(error, "to check everything")
                                    : SHIM_OK;
}
