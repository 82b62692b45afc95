// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/dom0_banks.h"

#include "shim/base/mem.h"

#define LOW_BYTES (128 * SHIM_MIB) /* smaller pieces are not taken below the first bank */

enum { LEAST_ORDER = 10 };         /* 4 MiB: what is looked for at last */

/* Its page tables: one page for each GiB that is mapped by less. */
static void take_tables(struct shim_dom0_banks *banks, struct shim_range piece)
{
    uint64_t end = shim_align_up(shim_range_end(piece), SHIM_GIB);

    if (piece.size == SHIM_GIB || end <= banks->tables_end)
        return;
    shim_buddies_take_pages(banks->heap, 1);
    banks->tables_end = end;
}

static void insert_at(struct shim_dom0_banks *banks, uint32_t i, struct shim_range piece)
{
    memmove(banks->at + i + 1, banks->at + i, (banks->count - i) * sizeof(*banks->at));
    banks->at[i] = piece;
    banks->count++;
}

/* Joins the piece to the first bank that it touches, or puts it between; banks stay apart. */
static void place(struct shim_dom0_banks *banks, struct shim_range piece)
{
    uint32_t i = 0;

    for (; i < banks->count; i++) {
        struct shim_range *bank = &banks->at[i];

        if (bank->base == shim_range_end(piece))
            bank->base = piece.base;
        else if (piece.base != shim_range_end(*bank)) {
            if (shim_range_end(piece) < bank->base)
                break;
            continue;
        }
        bank->size += piece.size;
        return;
    }
    insert_at(banks, i, piece);
}

/* insert_11_bank(); false: it goes back, clean. */
static bool insert(struct shim_dom0_banks *banks, uint64_t frame, unsigned order)
{
    struct shim_range piece = { frame << SHIM_PAGE_BITS, (uint64_t)SHIM_PAGE << order };

    if (banks->count && piece.size < LOW_BYTES && shim_range_end(piece) < banks->at[0].base) {
        shim_buddies_free(banks->heap, frame, order, false);
        return false;
    }
    take_tables(banks, piece);
    banks->left -= piece.size;
    place(banks, piece);
    return true;
}

/* The largest piece that is not too much; UINT32_MAX: none. get_allocation_size(). */
static unsigned largest(uint64_t bytes)
{
    return bytes < SHIM_PAGE ? UINT32_MAX : shim_floor_log2(bytes >> SHIM_PAGE_BITS);
}

/* As low as possible, the largest one first. */
static bool take_first(struct shim_dom0_banks *banks)
{
    uint64_t frame;

    for (unsigned order = largest(banks->left); order >= banks->least_order &&
         order != UINT32_MAX; order--)
        for (unsigned bits = order; bits <= banks->low_bits; bits++)
            if (shim_buddies_take(banks->heap, bits, order, false, &frame))
                return insert(banks, frame, order);
    return false;
}

/* Below 2^low_bits down to the least order, then anywhere down to 4 MiB. */
static void take_rest(struct shim_dom0_banks *banks, bool low)
{
    unsigned order = largest(banks->left);
    uint64_t frame;

    while (banks->left >= SHIM_PAGE && banks->count < SHIM_XEN_BANKS_MAX) {
        bool taken = shim_buddies_take(banks->heap, low ? banks->low_bits : SHIM_ANY_BITS, order,
                                       false, &frame);

        if (taken && insert(banks, frame, order)) {
            order = largest(banks->left);
        } else if (low && (taken || order <= banks->least_order)) {
            order = largest(banks->left);
            low = false;
        } else if (taken || order <= LEAST_ORDER) {
            break;
        } else {
            order--;
        }
    }
}

bool shim_dom0_take(struct shim_dom0_banks *banks, struct shim_stop *stop)
{
    bool low;

    banks->least_order = shim_order_for(banks->left < LOW_BYTES ? banks->left : LOW_BYTES);
    low = take_first(banks);
    if (!low && banks->kernel_bits == 32) {
        shim_stop(stop, "first-bank", SHIM_NONE,
                  "no piece of free RAM is large enough, and low enough for a 32-bit kernel",
                  "ask for less with dom0_mem=, or leave more RAM below 4 GiB free in one piece",
                  "Unable to allocate first memory bank");
        return false;
    }
    take_rest(banks, low);
    if (banks->left)
        shim_stop(stop, "dom0-memory", SHIM_NONE,
                  "free RAM does not divide into pieces that make up dom0's memory",
                  "ask for less with dom0_mem=, or for a multiple of 128 MiB",
                  "Failed to allocate requested dom0 memory. %lluMB unallocated",
                  (unsigned long long)(banks->left >> 20));
    return !banks->left;
}
