// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is in a tree, and Xen ignores when its own UEFI stub starts it. */
#include "shim/base/range.h"
#include "shim/board/board.h"
#include "shim/xen/trap/rows.h"

enum { PAIR = 16 }; /* bytes of one in a record */

static struct shim_range page_at(struct shim_span pages, size_t at)
{
    return (struct shim_range){ shim_be64(pages.at + at), shim_be64(pages.at + at + 8) };
}

/* One by which the plan keeps Xen's allocator from it. */
static bool is_planned(const struct shim_record *record, struct shim_range entry)
{
    for (size_t at = 0; at + PAIR <= record->pages.len; at += PAIR) {
        struct shim_range page = page_at(record->pages, at);

        if (page.base == entry.base && page.size == entry.size)
            return true;
    }
    return false;
}

/* If the firmware's map is known, and does not have it as RAM, Xen does not touch it anyway. */
static bool is_kept(const struct shim_facts *facts, struct shim_range entry)
{
    for (uint32_t i = 0; i < facts->firmware_count; i++)
        if (shim_range_overlaps(facts->firmware[i], entry))
            return false;
    return facts->firmware_count != 0;
}

void shim_find_record_entry(struct shim_check *check, const struct shim_trap *trap)
{
    size_t pages = check->record->pages.len / PAIR;

    if (!shim_was_applied_for(check, SHIM_CONTRACT_XEN))
        return;
    if (pages)
        shim_breach(check, trap, check->record->node, "its plan is not for this way into Xen: the "
                    "%u reserved page%s that steer%s it %s lost, and so are the places of the payload",
                    (unsigned)pages, pages == 1 ? "" : "s", pages == 1 ? "s" : "",
                    pages == 1 ? "is" : "are");
    else
        shim_breach(check, trap, check->record->node, "its plan is not for this way into Xen: the "
                    "places of Xen and its payload are lost");
}

/* Whole entries; an empty one ends the list for Xen. A ramdisk of the tree is not a Xen module. */
void shim_find_memreserve_lost(struct shim_check *check, const struct shim_trap *trap)
{
    for (uint32_t i = 0; i < check->tree->reserve_count; i++) {
        struct shim_range entry = shim_reserve_at(check->tree, i);

        if (!entry.size || shim_range_wraps(entry) || is_planned(check->record, entry) ||
            is_kept(check->plan->facts, entry))
            continue;
        shim_breach(check, trap, SHIM_NONE, "/memreserve/ 0x%llx-0x%llx is deleted%s",
                    SHIM_X(entry.base), SHIM_X(shim_range_end(entry) - 1),
                    check->plan->facts->firmware_count
                        ? ", and the firmware's map has RAM there"
                        : ", and the firmware's map may have RAM there");
    }
}
