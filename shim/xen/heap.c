// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/xen/heap.h"

#include "shim/base/mem.h"
#include "shim/model/pages.h"

#define MIB ((uint64_t)1 << 20)

enum {
    PAGE_ORDER = 12,       /* orders here count bytes: 2^order */
    MAX_ORDER = PAGE_ORDER + SHIM_MAX_ORDER,
    TOP_BITS = 52,
    MIN_ORDER = 22,        /* allocate_memory_11(): no piece under 4 MiB */
};
_Static_assert(SHIM_DOM0_PIECE_MIN == (uint64_t)1 << MIN_ORDER, "one fact");

/* In a range of largest buddies this many bytes are considered, at either end. */
#define FARTHEST ((uint64_t)64 << 30)

/* Smaller pieces are no longer looked for in low memory, nor taken below bank 0. */
#define LOW_BYTES (128 * MIB)

/* What Xen allocates in small pieces before dom0's memory: a few MiB. */
#define EARLY_BYTES (8 * MIB)

static unsigned ceil_log2(uint64_t value)
{
    return shim_floor_log2(value) + ((value & (value - 1)) != 0);
}

/* ---- buddies ----------------------------------------------------------------- */

/* The candidates for one allocation: all buddies of the smallest order that fits. */
struct candidates {
    unsigned order;           /* of the buddies; 0: none */
    struct shim_range inside; /* a piece in the block; size 0: none */
    struct shim_range rival;  /* a piece that does not, the last one; */
    struct shim_rivals *rivals;    /* and all of them, or the last ones; NULL: not needed */
    struct shim_rivals *insides;   /* all inside, or the first ones; NULL: not needed */
    struct shim_range equal;  /* where banks are chosen: another piece inside */
    struct shim_range other;  /* a larger buddy, outside the block: only if all were asked for */
};

/*
 * The 2^order bytes that end where `range` ends: the piece that Xen cuts from
 * a buddy, and the buddy that such a piece was cut from.
 */
static struct shim_range ending_with(struct shim_range range, unsigned order)
{
    uint64_t size = (uint64_t)1 << order;

    return (struct shim_range){ shim_range_end(range) - size, size };
}

/* The lowest one, where there are several. */
static void take_inside(struct candidates *found, struct shim_range piece)
{
    struct shim_rivals *insides = found->insides;

    if (insides && insides->count < insides->most)
        insides->at[insides->count++] = piece;
    if (found->inside.size && piece.base >= found->inside.base) {
        found->equal = piece;
        return;
    }
    if (found->inside.size)
        found->equal = found->inside;
    found->inside = piece;
}

static void take_rival(struct candidates *found, struct shim_range piece)
{
    struct shim_rivals *rivals = found->rivals;

    found->rival = piece;
    if (!rivals)
        return;
    if (rivals->count == rivals->most) /* the last ones go first */
        memmove(rivals->at, rivals->at + 1, --rivals->count * sizeof(*rivals->at));
    rivals->at[rivals->count++] = piece;
}

/* A buddy of 2^own bytes, from which a piece of 2^order would be cut. */
static void consider(struct candidates *found, uint64_t base, unsigned own, unsigned order,
                     const struct shim_wish *wish, bool all)
{
    struct shim_range buddy = { base, (uint64_t)1 << own };
    struct shim_range piece = ending_with(buddy, order);

    if (found->order && own > found->order) {
        if (all && !shim_ranges_meeting(&wish->within, buddy))
            found->other = buddy;
        return;
    }
    if (!found->order || own < found->order) {
        struct shim_range other = found->rival.size ? found->rival : found->other;

        *found = (struct candidates){ .order = own, .other = other, .rivals = found->rivals,
                                      .insides = found->insides };
        if (found->rivals)
            found->rivals->count = 0;
        if (found->insides)
            found->insides->count = 0;
    }
    if (shim_ranges_holding(&wish->within, piece))
        take_inside(found, piece);
    else
        take_rival(found, piece);
}

/*
 * Splits the part of a range that is in one zone into Xen's maximal buddies. They grow
 * from both ends to the middle, so that the smallest is the first or the last; those
 * in between count only as `other` ones, which is what `all` is for. Of hundreds of the
 * largest, those in the middle are skipped: one that is a rival is as good as all.
 */
static void consider_range(struct candidates *found, struct shim_range range, unsigned order,
                           const struct shim_wish *wish, bool all)
{
    uint64_t base = shim_align_up(range.base, (uint64_t)1 << order);
    uint64_t end = shim_align_down(shim_range_end(range), (uint64_t)1 << order);
    unsigned last = base < end ? shim_xen_order_at(end, end - base) : 0;
    const uint64_t start = base;

    while (base < end) {
        unsigned own = shim_xen_order_at(base, end - base);

        consider(found, base, own, order, wish, all);
        base += (uint64_t)1 << own;
        if (!all && last < MAX_ORDER && base < end)
            base = end - ((uint64_t)1 << last);
        else if (own == MAX_ORDER && end - base > FARTHEST && base > start + FARTHEST)
            base = end - FARTHEST;
    }
}

static struct shim_range clip(struct shim_range range, uint64_t low, uint64_t high)
{
    uint64_t base = range.base > low ? range.base : low;
    uint64_t end = shim_range_end(range) < high ? shim_range_end(range) : high;

    return (struct shim_range){ base, end > base ? end - base : 0 };
}

/* The zone of addresses from 2^(bits - 1) on, below 2^bits. */
static void search_zone(struct candidates *found, const struct shim_ranges *heap, unsigned bits,
                        unsigned order, const struct shim_wish *wish, bool all)
{
    uint64_t low = (uint64_t)1 << (bits - 1), high = (uint64_t)1 << bits;

    for (uint32_t i = 0; i < heap->count && heap->at[i].base < high; i++)
        if (shim_range_end(heap->at[i]) > low)
            consider_range(found, clip(heap->at[i], low, high), order, wish, all);
}

/* get_free_buddy() below 2^bits: zones are powers of two, the highest first. */
static struct candidates search(const struct shim_ranges *heap, unsigned bits, unsigned order,
                                const struct shim_wish *wish, bool all, struct shim_rivals *rivals,
                                struct shim_rivals *insides)
{
    struct candidates found = { .rivals = rivals, .insides = insides };
    uint64_t end = heap->count ? shim_range_end(heap->at[heap->count - 1]) : 1;

    if (order > MAX_ORDER)
        return found;
    if (bits > ceil_log2(end))
        bits = ceil_log2(end); /* no zone above has RAM */
    for (; bits > order && !found.order; bits--)
        search_zone(&found, heap, bits, order, wish, all);
    return found;
}

static struct candidates find(const struct shim_ranges *heap, unsigned bits, unsigned order,
                              const struct shim_wish *wish)
{
    return search(heap, bits, order, wish, false, NULL, NULL);
}

/* The same for a piece of dom0's memory, with all its rivals. */
static struct candidates find_piece(const struct shim_ranges *heap, unsigned bits, unsigned order,
                                    const struct shim_wish *wish)
{
    return search(heap, bits, order, wish, false, wish->rivals, NULL);
}

bool shim_rivals_init(struct shim_rivals *rivals, struct shim_arena *arena, uint32_t most)
{
    *rivals = (struct shim_rivals){ shim_alloc(arena, most, sizeof(*rivals->at)), 0, most };
    return rivals->at;
}

/* ---- before dom0 ---------------------------------------------------------------- */

static struct shim_outcome stuck(const char *why)
{
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_STUCK, .why = why };
}

static struct shim_outcome rival(struct shim_range range)
{
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_RIVAL, .rival = range };
}

/* Of which `left` bytes at most are taken. */
static struct shim_range chunk_of(struct shim_range piece, unsigned order, uint64_t left)
{
    struct shim_range chunk = ending_with(piece, order);

    return chunk.size > left ? (struct shim_range){ shim_range_end(chunk) - left, left } : chunk;
}

static void take_chunk(struct shim_ranges *heap, struct shim_range piece, unsigned order,
                       uint64_t *left)
{
    struct shim_range chunk = chunk_of(piece, order, *left);

    shim_ranges_remove(heap, chunk);
    *left -= chunk.size;
}

/*
 * Xen's own small allocations, wherever they come from; dom0 gets what is left. Of one size the
 * rivals are taken, the last one first; if there are none, those within, the first one first.
 */
static struct shim_outcome take_any(struct shim_ranges *heap, const struct shim_wish *wish,
                                    uint64_t left)
{
    const struct shim_rivals *rivals = wish->early, *within = wish->early_within;
    const struct shim_ranges none = { 0 };

    shim_xen_take_fragments(heap, &none, &left);
    while (left) {
        struct candidates found = search(heap, TOP_BITS, PAGE_ORDER, wish, false, wish->early,
                                         wish->early_within);

        if (!found.order)
            return stuck("Xen would have no memory left for itself");
        for (uint32_t i = rivals->count; left && i-- > 0;)
            take_chunk(heap, rivals->at[i], found.order, &left);
        for (uint32_t i = 0; left && !rivals->count && i < within->count; i++)
            take_chunk(heap, within->at[i], found.order, &left);
    }
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_BLOCK };
}

/* All fragments of one size, the last one first; false: one is partly in the block. */
static bool take_pieces(struct shim_ranges *heap, const struct shim_wish *wish,
                        const struct candidates *found, uint64_t *left)
{
    const struct shim_rivals *rivals = found->rivals;

    for (uint32_t i = rivals->count; *left && i-- > 0;) {
        if (shim_ranges_meeting(&wish->within, chunk_of(rivals->at[i], found->order, *left)))
            return false;
        take_chunk(heap, rivals->at[i], found->order, left);
    }
    return true;
}

/* They must find fragments outside the block. */
static struct shim_outcome take_early(struct shim_ranges *heap, const struct shim_wish *wish,
                                      uint64_t left)
{
    static const char why[] = "Xen would have no memory left for itself outside dom0's block";

    shim_xen_take_fragments(heap, &wish->within, &left);
    while (left) {
        struct candidates found = search(heap, TOP_BITS, PAGE_ORDER, wish, false, wish->early, NULL);

        if (!found.order)
            return stuck(why);
        if (found.inside.size && !found.rival.size)
            found = search(heap, TOP_BITS, PAGE_ORDER, wish, true, NULL, NULL);
        if (found.inside.size && found.rival.size)
            return rival(ending_with(found.rival, found.order));
        if (found.inside.size)
            return found.other.size ? rival(found.other) : stuck(why);
        if (!take_pieces(heap, wish, &found, &left))
            return stuck(why);
    }
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_BLOCK };
}

/* ---- dom0: allocate_memory_11() ---------------------------------------------------- */

enum { EQUALS_MOST = 8 };

struct dom0 {
    struct shim_ranges *heap;
    const struct shim_wish *wish;
    uint64_t left;      /* bytes not allocated yet */
    uint64_t bank0;     /* lowest address so far; 0: no bank yet */
    unsigned low_order; /* smallest piece that is looked for there */
    bool lowmem;        /* pieces are still looked for there */
    struct shim_range equals[EQUALS_MOST]; /* that it might have got before others */
    uint32_t equal_count;
};

static const char below_block[] = "Xen refuses pieces under 128 MiB below dom0's first bank, and "
                                  "the block starts with one";
static const char below_banks[] = "Xen refuses pieces under 128 MiB below dom0's first bank, and "
                                  "no others are left";

/* insert_11_bank() refuses small pieces below the first bank; NULL: it is taken. */
static const char *insert(struct dom0 *dom0, struct shim_range piece)
{
    if (piece.size < LOW_BYTES && dom0->bank0 && shim_range_end(piece) < dom0->bank0)
        return dom0->wish->banks ? below_banks : below_block;
    if (!dom0->bank0 || piece.base < dom0->bank0)
        dom0->bank0 = piece.base;
    dom0->left -= piece.size;
    if (dom0->wish->banks && !shim_ranges_add(dom0->wish->banks, piece))
        return "it would have too many banks to list";
    return shim_ranges_remove(dom0->heap, piece) ? NULL : "";
}

/*
 * The first bank: the largest piece in the lowest window of 2^bits that has one. Of each
 * window only the highest zone is new.
 */
static struct candidates first_piece(const struct dom0 *dom0)
{
    struct candidates found = { 0 };
    unsigned order = shim_floor_log2(dom0->left);

    for (order = order < MAX_ORDER ? order : MAX_ORDER; order >= dom0->low_order && !found.order;
         order--)
        for (unsigned bits = order + 1; bits <= dom0->wish->low_bits && !found.order; bits++)
            search_zone(&found, dom0->heap, bits, order, dom0->wish, false);
    return found;
}

/*
 * The next piece: in low memory the largest down to 128 MiB; once that fails, the
 * largest anywhere down to 4 MiB. What is left is always tried once, however
 * small it is.
 */
static struct candidates next_piece(struct dom0 *dom0)
{
    unsigned most = shim_floor_log2(dom0->left);
    unsigned order = most;
    struct candidates found = { 0 };

    while (dom0->lowmem && !found.order) {
        found = find_piece(dom0->heap, dom0->wish->low_bits, order, dom0->wish);
        if (!found.order && order-- <= dom0->low_order)
            dom0->lowmem = false;
    }
    order = most;
    while (!found.order) {
        found = find_piece(dom0->heap, TOP_BITS, order, dom0->wish);
        if (!found.order && --order < MIN_ORDER)
            break;
    }
    return found;
}

/* The block is all that is wanted, so that it must divide into them. */
static struct shim_outcome no_piece(const struct shim_wish *wish)
{
    return stuck(wish->banks
                     ? "Xen hands out memory in aligned powers of two of at least 4 MiB, and too "
                       "few are free"
                     : "Xen hands out memory in aligned powers of two of at least 4 MiB, and the "
                       "block does not divide into them");
}

/*
 * Which of two equal pieces comes first is of no account if both come, and neither is too
 * small to be taken below the first bank. False: it has to be only one.
 */
static bool may_wait(struct dom0 *dom0, struct shim_range equal)
{
    if (!dom0->wish->banks || !equal.size)
        return true;
    if (equal.size < LOW_BYTES || dom0->equal_count == EQUALS_MOST)
        return false;
    dom0->equals[dom0->equal_count++] = equal;
    return true;
}

/* Only this one, whatever else was found. */
static struct shim_outcome only_rival(const struct shim_wish *wish, struct shim_range range)
{
    if (wish->rivals)
        wish->rivals->count = 0;
    return rival(range);
}

static struct shim_outcome all_taken(const struct dom0 *dom0)
{
    for (uint32_t i = 0; i < dom0->equal_count; i++)
        if (!shim_ranges_holding(dom0->wish->banks, dom0->equals[i]))
            return only_rival(dom0->wish, dom0->equals[i]);
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_BLOCK };
}

static struct shim_outcome build_dom0(struct dom0 *dom0)
{
    struct candidates found = first_piece(dom0);

    dom0->lowmem = found.order != 0;
    while (true) {
        const char *refused;

        if (!found.order)
            found = next_piece(dom0);
        if (!found.order)
            return no_piece(dom0->wish);
        if (found.rival.size)
            return rival(found.rival);
        if (!may_wait(dom0, found.equal))
            return only_rival(dom0->wish, found.equal);
        refused = insert(dom0, found.inside);
        if (refused)
            return stuck(refused);
        if (!dom0->left)
            return all_taken(dom0);
        found.order = 0;
    }
}

/* ---- a xen,domain: allocate_memory() ------------------------------------------------ */

/* One piece for all of its memory, from the highest zone that has one. */
static struct shim_outcome build_domain(const struct shim_ranges *heap,
                                        const struct shim_wish *wish)
{
    struct candidates found = find(heap, TOP_BITS, shim_floor_log2(wish->size), wish);

    if (found.rival.size)
        return rival(found.rival);
    if (!found.inside.size || found.inside.base != wish->within.at[0].base)
        return stuck("Xen hands out memory in powers of two, aligned to their size");
    return (struct shim_outcome){ .kind = SHIM_OUTCOME_BLOCK };
}

/* The domain's page tables come first: domain_p2m_pages() is less than 1/128 and 4 MiB. */
static uint64_t early_bytes(const struct shim_wish *wish)
{
    return wish->whom == SHIM_FORECAST_DOM0 ? EARLY_BYTES : 2 * EARLY_BYTES + wish->size / 128;
}

struct shim_outcome shim_xen_outcome(const struct shim_wish *wish, struct shim_ranges *heap,
                                     const struct shim_ranges *ram)
{
    struct dom0 dom0 = { .heap = heap, .wish = wish, .left = wish->size };
    struct shim_outcome forecast;
    const char *why;

    if (wish->rivals)
        wish->rivals->count = 0;
    why = shim_xen_boot_heap(heap, ram, wish);
    if (why)
        return stuck(why);
    dom0.low_order = ceil_log2(wish->size < LOW_BYTES ? wish->size : LOW_BYTES);
    forecast = wish->banks ? take_any(heap, wish, wish->thrifty ? 0 : early_bytes(wish))
                           : take_early(heap, wish, early_bytes(wish));
    if (forecast.kind != SHIM_OUTCOME_BLOCK)
        return forecast;
    return wish->whom == SHIM_FORECAST_DOM0 ? build_dom0(&dom0) : build_domain(heap, wish);
}
