// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage doing what it must not: one such act, by the number in x0, with the stage's own
 * map, stack and exceptions. Linked from the stage's objects but for its main function, whose
 * name this one bears. test/boot/test_trespass.py has the same numbers.
 */
#include "../../shim/stage/stage.h"

enum act {
    NOTHING,
    OVERFLOW,        /* calls until the stack ends */
    WRITE_HEAD,
    WRITE_TEXT,
    WRITE_CONSTANT,
    WRITE_RELOCATED, /* what start has written, before the map was there */
    WRITE_PAYLOAD,
    WRITE_TREE,
    WRITE_BESIDE,    /* the rest of the tree's last page, which may be written */
    RUN_STACK,
    RUN_WORDS,
    RUN_MEMORY,
    RUN_CONSTANT,
    RUN_PAYLOAD,
    RUN_TREE,
    RUN_CONSOLE,
    ACTS,
};

/* Addresses that start has relocated. */
static const char *const names[ACTS] = {
    "nothing", "overflow", "write head", "write text", "write constant", "write relocated",
    "write payload", "write tree", "write beside", "run stack", "run words", "run memory",
    "run constant", "run payload", "run tree", "run console",
};

/* Where the test has something loaded that is taken for a tree: two pages and a half. */
#define TREE_AT ((uintptr_t)0x5a000000)
enum { TREE_BYTES = 0x2800 };

/* What returns, to be run; by its address, not as Thumb. */
#ifdef __arm__
#define RETURN 0xe12fff1eu
#else
#define RETURN 0xd65f03c0u
#endif

extern uint8_t stage_head[];
_Noreturn void stage_main(uint64_t act, uint64_t level);

static const uint32_t constant = RETURN;

__attribute__((noinline))
static uint64_t overflow(uint64_t depth)
{
    volatile uint64_t frame[32];

    frame[0] = depth;
    return depth == UINT64_MAX ? 0 : overflow(depth + 1) + frame[0];
}

static void write_to(uintptr_t at)
{
    *(volatile uint32_t *)at = RETURN;
}

static void run(uintptr_t at)
{
    ((void (*)(void))at)();
}

static void write_and_run(uintptr_t at)
{
    write_to(at);
    cpu_clean((struct shim_range){ at, sizeof(uint32_t) });
    run(at);
}

static void write_somewhere(struct stage *stage, enum act act)
{
    switch (act) {
    case WRITE_HEAD:
        return write_to((uintptr_t)stage_head);
    case WRITE_TEXT:
        return write_to((uintptr_t)stage_leave);
    case WRITE_CONSTANT:
        return write_to((uintptr_t)&constant);
    case WRITE_RELOCATED:
        return write_to((uintptr_t)names);
    case WRITE_PAYLOAD:
        return write_to(stage->payload.base);
    case WRITE_TREE:
        return write_to(TREE_AT + 0x1000);
    case WRITE_BESIDE:
        return write_to(TREE_AT + TREE_BYTES);
    default:
        return;
    }
}

static void run_something(struct stage *stage, enum act act)
{
    uint32_t on_stack[4];

    switch (act) {
    case RUN_STACK:
        return write_and_run((uintptr_t)on_stack);
    case RUN_WORDS:
        return write_and_run((uintptr_t)stage_words + 0x800); /* in the same page, behind them */
    case RUN_MEMORY:
        return write_and_run((uintptr_t)stage->job.arena.next);
    case RUN_CONSTANT:
        return run((uintptr_t)&constant);
    case RUN_PAYLOAD:
        return run(stage->payload.base);
    case RUN_TREE:
        return run(TREE_AT);
    case RUN_CONSOLE:
        return run(stage->console.base);
    default:
        return;
    }
}

_Noreturn void stage_main(uint64_t act, uint64_t level)
{
    struct stage *stage = stage_lay_out();

    stage->level = level;
    stage->tree = (struct shim_range){ TREE_AT, TREE_BYTES };
    stage_prepare_words(stage);
    stage_catch_exceptions(stage);
    stage_find_fallback(stage);
    stage_caches_on(stage);
    shim_print(&stage->last, "trespass: %s\n", names[act % ACTS]);
    if (act == OVERFLOW)
        shim_print(&stage->last, "%llu\n", SHIM_X(overflow(0)));
    write_somewhere(stage, (enum act)act);
    run_something(stage, (enum act)act);
    shim_print(&stage->last, "trespass: nothing was in the way\n  what to do: halt\n"
               "dtshim: halted\n");
    cpu_stop();
}
