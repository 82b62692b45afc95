// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/memory.h"

#include "shim/base/mem.h"
#include "shim/model/dom0_banks.h"
#include "shim/model/heap_start.h"
#include "shim/model/placing.h"
#include "shim/model/platform.h"
#include "shim/model/unpack.h"
#include "shim/model/untold.h"

#define SMALL (4 * SHIM_MIB)

struct attempt {
    const struct shim_heap_whole *whole;
    struct shim_heap_cpus cpus;
    struct shim_dom0_banks banks;
    struct shim_stop stop;
    uint64_t unpacked; /* a packed kernel's bytes; 0: it is not packed */
};

static unsigned kernel_bits(const struct shim_sight *sight, const struct shim_kernel_image *kernel)
{
    if (sight->boot->arch == SHIM_XEN_ARM32)
        return 32;
    return kernel && kernel->bits ? kernel->bits : 64;
}

static bool take(struct attempt *attempt, const struct shim_sight *sight,
                 struct shim_heap_guess *guess, struct shim_arena *scratch)
{
    struct shim_buddies *heap = attempt->banks.heap;

    attempt->banks.at = shim_alloc(scratch, SHIM_XEN_BANKS_MAX, sizeof(*attempt->banks.at));
    if (!attempt->banks.at)
        return false;
    if (shim_heap_start(heap, attempt->whole, &attempt->stop, guess, scratch))
        shim_unpack_kernel(heap, sight, attempt->unpacked, &attempt->stop);
    if (!shim_stops(&attempt->stop) && !scratch->full)
        shim_dom0_take(&attempt->banks, &attempt->stop);
    return !scratch->full;
}

/* dom0's banks under one guess, in memory of the scratch arena; false: that is full. */
static bool try_guess(struct attempt *attempt, const struct shim_sight *sight,
                      struct shim_heap_guess *guess, struct shim_arena *scratch)
{
    struct shim_buddies heap;
    bool room;

    attempt->stop = (struct shim_stop){ 0 };
    attempt->banks.heap = &heap;
    room = take(attempt, sight, guess, scratch);
    attempt->banks.heap = NULL; /* it does not outlive the guess */
    return room;
}

/* How much two guesses have in common. */
enum likeness { OTHER_MEMORY, OTHER_BANKS, SAME };

/* The memory of all banks that touch, from this one on. */
static struct shim_range next_run(const struct shim_range *banks, uint32_t count, uint32_t *bank)
{
    struct shim_range run = banks[(*bank)++];

    while (*bank < count && banks[*bank].base == shim_range_end(run))
        run.size += banks[(*bank)++].size;
    return run;
}

static bool is_same_memory(const struct shim_dom0_banks *a, const struct shim_dom0_banks *b)
{
    uint32_t of_a = 0, of_b = 0;

    while (of_a < a->count && of_b < b->count) {
        struct shim_range first = next_run(a->at, a->count, &of_a);
        struct shim_range second = next_run(b->at, b->count, &of_b);

        if (first.base != second.base || first.size != second.size)
            return false;
    }
    return of_a == a->count && of_b == b->count;
}

/* Of two that stop it does not matter how far they got, but for the words. */
static enum likeness likeness(const struct attempt *a, const struct attempt *b)
{
    if (shim_stops(&a->stop) && shim_stops(&b->stop))
        return strcmp(a->stop.words, b->stop.words) ? OTHER_BANKS : SAME;
    if (shim_stops(&a->stop) != shim_stops(&b->stop) || !is_same_memory(&a->banks, &b->banks))
        return OTHER_MEMORY;
    return a->banks.count == b->banks.count &&
                   !memcmp(a->banks.at, b->banks.at, a->banks.count * sizeof(*a->banks.at))
               ? SAME : OTHER_BANKS;
}

/* What is common to all guesses so far, once this one is made, too; `room`: the arena had it. */
static enum likeness with(enum likeness all, const struct attempt *likely, struct attempt start,
                          const struct shim_sight *sight, struct shim_heap_guess *guess,
                          struct shim_arena rest, bool *room)
{
    enum likeness one;

    *room = *room && try_guess(&start, sight, guess, &rest);
    if (!*room)
        return OTHER_MEMORY;
    one = likeness(likely, &start);
    return one < all ? one : all;
}

/* When an idle CPU scrubs: behind the roots of page tables, before them, or before them and then all. */
enum scrubs { BEHIND, BEFORE, THROUGHOUT, SCRUBS };

/* One with this many pieces scrubbed. */
static struct shim_heap_guess idle_guess(const struct shim_heap_cpus *cpus, enum scrubs when, uint32_t n)
{
    struct shim_heap_guess guess;

    shim_heap_guess(cpus, 0, &guess);
    if (when != BEHIND && !cpus->known)
        guess.root_order = 1;
    guess.scrubbed_before = when == BEHIND ? 0 : n;
    guess.scrubbed = when == BEHIND ? n : when == BEFORE ? 0 : UINT32_MAX;
    return guess;
}

/*
 * Those of an idle CPU that has scrubbed one more piece each time end when none is left to
 * scrub. Roots of one page are taken from any piece: for them the time does not matter.
 */
static enum likeness of_idle(enum likeness all, const struct attempt *likely, const struct attempt *start,
                             const struct shim_sight *sight, struct shim_arena rest, bool *room)
{
    const struct shim_heap_cpus *cpus = &start->cpus;
    unsigned ways = cpus->known && !cpus->root_order ? BEHIND + 1 : SCRUBS;

    if (cpus->count < 2 || !shim_heap_starts_dirty(sight))
        return all;
    for (unsigned when = BEHIND; when < ways; when++) {
        uint32_t done = 0;

        for (uint32_t n = 1; all && done == n - 1; n++) {
            struct shim_heap_guess guess = idle_guess(cpus, when, n);

            all = with(all, likely, *start, sight, &guess, rest, room);
            done = when == BEHIND ? guess.scrubbed : guess.scrubbed_before;
        }
    }
    return all;
}

/*
 * Do all guesses come to the same? Which piece under 4 MiB comes last is for what Xen has taken
 * for itself, and none says that.
 */
static enum likeness of_all(const struct attempt *likely, const struct attempt *start,
                            const struct shim_sight *sight, struct shim_arena rest, bool *room)
{
    struct shim_heap_guess guess;
    bool small = start->banks.left % SMALL && !(shim_stops(&likely->stop) && likely->banks.left >= SMALL);
    enum likeness all = small ? OTHER_MEMORY : SAME;

    for (uint32_t i = 1; all && shim_heap_guess(&start->cpus, i, &guess); i++)
        all = with(all, likely, *start, sight, &guess, rest, room);
    return of_idle(all, likely, start, sight, rest, room);
}

/* How many MiB are missing is for what Xen has taken for itself: only the words before are sure. */
static void forget_amount(struct shim_stop *stop)
{
    for (char *at = stop->words; *at; at++)
        if (*at == '.')
            at[1] = '\0';
}

/* The likely guess's banks, and whether all guesses come to the same. */
static bool try_all(struct shim_dom0_memory *memory, const struct shim_sight *sight,
                    const struct shim_boot_memory *boot, struct attempt start)
{
    struct shim_arena scratch = *sight->arena;
    struct shim_heap_whole whole;
    struct attempt likely;
    struct shim_heap_guess guess;
    enum likeness all = OTHER_MEMORY;
    bool room = shim_heap_give(&whole, sight, boot, &scratch);

    start.whole = &whole;
    start.cpus = shim_heap_cpus_of(sight);
    likely = start;
    shim_heap_guess(&start.cpus, 0, &guess);
    room = room && try_guess(&likely, sight, &guess, &scratch);
    if (room)
        all = of_all(&likely, &start, sight, scratch, &room);
    if (!room)
        return false;
    if (shim_sight_moves_memory(sight))
        all = OTHER_MEMORY;
    memory->sure = all == SAME;
    memory->sure_of_memory = all != OTHER_MEMORY;
    memory->stop = likely.stop;
    memory->stop.maybe = all == OTHER_MEMORY;
    if (all != SAME)
        forget_amount(&memory->stop);
    memory->banks = shim_alloc(sight->arena, likely.banks.count, sizeof(*memory->banks));
    if (!memory->banks)
        return false;
    memmove(memory->banks, likely.banks.at, likely.banks.count * sizeof(*memory->banks));
    memory->count = likely.banks.count;
    return true;
}

enum shim_code shim_xen_dom0_memory(const struct shim_sight *sight,
                                    const struct shim_kernel_image *kernel,
                                    struct shim_dom0_memory *memory, struct shim_error *error)
{
    struct shim_boot_memory boot = { .stop = &memory->stop };
    unsigned bits = kernel_bits(sight, kernel);
    struct attempt start = { .banks.kernel_bits = bits };

    *memory = (struct shim_dom0_memory){ .sure = false };
    if (shim_stops(&sight->stop))
        return SHIM_OK;
    memory->size = shim_dom0_size(sight);
    shim_dom0_grants(sight, memory);
    if (shim_stops(&memory->stop))
        return SHIM_OK;
    if (!shim_boot_memory(&boot, sight))
        return shim_stops(&memory->stop) ? SHIM_OK : shim_no_room(error, "for Xen's memory");
    if (kernel)
        shim_probe_kernel(sight, kernel->strange, &memory->stop);
    if (shim_stops(&memory->stop))
        return SHIM_OK;
    start.banks.left = memory->size;
    start.unpacked = kernel ? kernel->unpacked : 0;
    start.banks.low_bits = shim_xen_low_bits(sight->tree, sight->boot->arch);
    if (!try_all(memory, sight, &boot, start)) {
        sight->arena->full = true;
        return shim_no_room(error, "for Xen's memory");
    }
    if (!shim_stops(&memory->stop))
        shim_dom0_place(sight, kernel, bits, memory);
    if (!shim_stops(&memory->stop) && !shim_dom0_regions(sight, bits, memory))
        return shim_no_room(error, "for dom0's regions");
    return SHIM_OK;
}

bool shim_dom0_has_blocks(const struct shim_dom0_memory *memory, const struct shim_range *blocks,
                          uint32_t count)
{
    uint32_t bank = 0, block = 0;

    while (bank < memory->count && block < count) {
        struct shim_range run = next_run(memory->banks, memory->count, &bank);

        if (run.base != blocks[block].base || run.size != blocks[block].size)
            return false;
        block++;
    }
    return bank == memory->count && block == count;
}
