// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the stage copies, fills and searches memory with, on the core itself: at all alignments, and
 * of lengths about each of its steps. Linked from the stage's objects but for its main function, whose
 * name this one bears. What came of it is compared byte by byte with what plain loops make.
 */
#include "../../shim/stage/stage.h"
#include "shim/base/mem.h"

enum {
    AREA = 5120,  /* what is looked at as a whole: to copy from the first half to the second, */
    MARGIN = 32,  /* this far from its ends */
    HALF = AREA / 2,
    ROUNDS = 40,  /* of what is searched in */
};

static const uint16_t lengths[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 127,
                                    128, 129, 255, 256, 257, 511, 512, 513, 516, 640, 1023, 1024, 1025, 1088, 1300, 2048,
                                    2113 };
static const uint8_t offsets[] = { 0, 1, 2, 3, 4, 5, 7, 8, 12, 15 };
enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]), OFFSETS = sizeof(offsets) };

struct run {
    struct shim_sink *sink;
    uint8_t *area, *expected, *spare;
    uint32_t tried, right;
};

struct act {
    const char *name;
    void *(*does)(void *to, const void *from, size_t len);
};

_Noreturn void stage_main(uint64_t tree, uint64_t level);

/* ---- one case ---------------------------------------------------------------------- */

static void start(struct run *run)
{
    for (uint32_t i = 0; i < AREA; i++)
        run->area[i] = run->expected[i] = run->spare[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + 1);
}

static void compare(struct run *run, const char *name, uint32_t to, uint32_t from, uint32_t len)
{
    run->tried++;
    for (uint32_t i = 0; i < AREA; i++)
        if (run->area[i] != run->expected[i]) {
            shim_print(run->sink, "copies: %s to %u from %u, %u bytes: byte %u is wrong\n", name, to,
                       from, len, i);
            return;
        }
    run->right++;
}

/* Of memory that may overlap: from what it was before. */
static void copy_by_hand(struct run *run, uint32_t to, uint32_t from, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        run->expected[to + i] = run->spare[from + i];
}

static void try(struct run *run, const struct act *act, uint32_t to, uint32_t from, uint32_t len)
{
    start(run);
    copy_by_hand(run, to, from, len);
    act->does(run->area + to, run->area + from, len);
    compare(run, act->name, to, from, len);
}

static void conclude(struct run *run, const char *name)
{
    shim_print(run->sink, "copies: %s, %u of %u right\n", name, run->right, run->tried);
    run->tried = run->right = 0;
}

/* ---- what is tried ------------------------------------------------------------------- */

static void try_apart(struct run *run, const struct act *act)
{
    for (unsigned to = 0; to < OFFSETS; to++)
        for (unsigned from = 0; from < OFFSETS; from++)
            for (unsigned len = 0; len < LENGTHS; len++)
                try(run, act, HALF + MARGIN + offsets[to], MARGIN + offsets[from], lengths[len]);
    conclude(run, act->name);
}

static void try_overlapping(struct run *run, const struct act *act)
{
    for (uint32_t from = HALF; from < HALF + 4; from++)
        for (uint32_t to = HALF - 24; to <= HALF + 24; to++)
            for (unsigned len = 0; lengths[len] <= 640; len++)
                try(run, act, to, from, lengths[len]);
    conclude(run, act->name);
}

static void try_fills(struct run *run)
{
    static const uint8_t bytes[] = { 0, 0xff, 0xa5 };

    for (unsigned byte = 0; byte < sizeof(bytes); byte++)
        for (unsigned to = 0; to < OFFSETS; to++)
            for (unsigned len = 0; len < LENGTHS; len++) {
                uint32_t at = MARGIN + offsets[to];

                start(run);
                for (uint32_t i = 0; i < lengths[len]; i++)
                    run->expected[at + i] = bytes[byte];
                memset(run->area + at, 0x100 | bytes[byte], lengths[len]); /* of which it takes a byte */
                compare(run, "memset", at, bytes[byte], lengths[len]);
            }
    conclude(run, "memset");
}

/* ---- the search -------------------------------------------------------------------------- */

/* Letters of which many are what is searched for, and parts of it; then few of them are. */
static uint8_t letter(uint32_t *random, uint32_t rare)
{
    static const uint8_t letters[] = { 'x', 'e', 'X', 0, 'n', 'E', 0x20, 0xf8 };

    *random = *random * 1664525 + 1013904223;
    if (*random >> 8 & rare)
        return (uint8_t)(*random >> 24 | 0x80);
    return letters[*random >> 28 & 7];
}

static const uint8_t *next_by_hand(const uint8_t *at, const uint8_t *past)
{
    for (; past - at > 1; at++)
        if ((at[0] == 'x' && at[1] == 'e') || (at[0] == 'X' && !at[1]))
            return at;
    return past;
}

/* All of what is between the two, one after the other. */
static void search(struct run *run, const uint8_t *at, const uint8_t *past)
{
    run->tried++;
    while (at < past) {
        const uint8_t *next = next_by_hand(at, past);

        if (cpu_next_name(at, past) != next) {
            shim_print(run->sink, "copies: cpu_next_name from %u to %u is wrong\n",
                       (unsigned)(at - run->area), (unsigned)(past - run->area));
            return;
        }
        at = next < past ? next + 1 : past;
    }
    run->right++;
}

static void try_searches(struct run *run)
{
    static const uint8_t rare[] = { 0, 7, 63, 255 };
    uint32_t random = 1;

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < AREA; i++)
            run->area[i] = letter(&random, rare[round % sizeof(rare)]);
        for (unsigned from = 0; from < OFFSETS; from++)
            for (unsigned len = 0; len < LENGTHS; len++)
                search(run, run->area + offsets[from], run->area + offsets[from] + lengths[len]);
    }
    conclude(run, "cpu_next_name");
}

/* ---- traps of SIMD ------------------------------------------------------------------- */

#ifdef __arm__
static void *copy(void *to, const void *from, size_t len)
{
    cpu_copy(to, from, len);
    return to;
}
#else
#define CPTR_TFP ((uint64_t)1 << 10)

/* As firmware may have left it; and so it has to be afterwards. */
static void *copy(void *to, const void *from, size_t len)
{
    uint64_t traps, after;

    __asm__ volatile("mrs %0, cptr_el2" : "=r"(traps));
    traps |= CPTR_TFP;
    __asm__ volatile("msr cptr_el2, %0\n\tisb" : : "r"(traps));
    cpu_copy(to, from, len);
    __asm__ volatile("mrs %0, cptr_el2" : "=r"(after));
    if (after != traps)
        *(uint8_t *)to ^= 1;
    return to;
}
#endif

static const struct act acts[] = { { "cpu_copy", copy }, { "memcpy", memcpy }, { "memmove", memmove } };

_Noreturn void stage_main(uint64_t tree, uint64_t level)
{
    struct stage *stage = stage_lay_out();
    struct run run = { .sink = &stage->last };

    (void)tree; /* there is none */
    stage->level = level;
    stage_prepare_words(stage);
    stage_catch_exceptions(stage);
    stage_find_fallback(stage);
    stage_caches_on(stage);
    run.area = stage->job.arena.next;
    run.expected = run.area + AREA;
    run.spare = run.expected + AREA;
    for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        try_apart(&run, &acts[i]);
    try_overlapping(&run, &acts[2]);
    try_fills(&run);
    try_searches(&run);
    shim_print(&stage->last, "dtshim: halted\n");
    cpu_stop();
}
