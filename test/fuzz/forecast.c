// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "forecast.h"

#include <stdlib.h>
#include <string.h>

#include "shim/job/forecast.h"

/* The page, as far as it fits. */
struct page {
    struct shim_text text;
    char words[1 << 14];
};

struct run {
    bool opened;
    enum shim_code code;
    struct shim_job job;
    struct shim_booted booted;
    struct shim_outlook outlook;
    struct page page;
};

static void put(void *self, const char *text)
{
    shim_text_string(self, text);
}

/* Of which only what is kept for other releases stays. */
static void forecast_before(struct run *run, const struct shim_release *release)
{
    struct shim_arena before = run->job.arena;
    struct shim_error error = { .code = SHIM_OK };

    shim_job_forecast(&run->job, &run->booted, release, false, &run->outlook, &error);
    run->job.arena = before;
}

/* What is asked for: dom0's tree, and a forecast for another release before (NULL: none). */
struct wish {
    bool with_tree;
    const struct shim_release *before;
};

static void start(struct run *run, const struct fuzz_choices *chosen,
                  const struct shim_release *release, struct wish wish, const uint8_t *blob,
                  size_t len, struct shim_arena arena)
{
    struct shim_error error = { .code = SHIM_OK };
    struct shim_sink sink = { put, &run->page.text };

    run->page.text = shim_text(run->page.words, sizeof(run->page.words));
    run->opened = !shim_job_open(&run->job, blob, len, &chosen->policy, &chosen->facts, arena,
                                 &error);
    if (!run->opened)
        return;
    shim_job_assume(&run->job);
    run->code = shim_job_boot(&run->job, &run->booted, &error);
    if (!run->code && wish.before)
        forecast_before(run, wish.before);
    if (!run->code)
        run->code = shim_job_forecast(&run->job, &run->booted, release, wish.with_tree,
                                      &run->outlook, &error);
    if (run->code) {
        fuzz_require_words(&error);
        fuzz_require(run->code != SHIM_E_MEMORY, "the memory bound does not hold for a forecast");
        return;
    }
    shim_report_verdict(&sink, &run->outlook);
    shim_report_details(&sink, &run->outlook, NULL);
}

static void require_stop(const struct shim_forecast *forecast)
{
    const struct shim_stop *stop = forecast->stop;

    fuzz_require(stop->id && *stop->id && stop->why && *stop->why && stop->remedy && *stop->remedy,
                 "a stop without words of ours");
    fuzz_require(memchr(stop->words, 0, sizeof(stop->words)), "words of Xen's that do not end");
    fuzz_require(stop->node == SHIM_NONE || stop->node < forecast->sight.tree->node_count,
                 "a stop at a node that is none");
}

static bool is_ram(const struct shim_sight *sight, struct shim_range range)
{
    for (uint32_t i = 0; i < sight->ram.count; i++)
        if (shim_range_contains(sight->ram.at[i].at, range))
            return true;
    return false;
}

static void require_memory(const struct shim_forecast *forecast)
{
    const struct shim_dom0_memory *memory = &forecast->memory;
    uint64_t total = 0;

    for (uint32_t i = 0; i < memory->count; i++) {
        total += memory->banks[i].size;
        fuzz_require(memory->banks[i].size && !shim_range_wraps(memory->banks[i]),
                     "a bank of dom0's that is none");
        fuzz_require(!i || shim_range_end(memory->banks[i - 1]) <= memory->banks[i].base,
                     "banks of dom0's that meet");
        fuzz_require(forecast->boot.release->coloring || is_ram(&forecast->sight, memory->banks[i]),
                     "a bank of dom0's that is no RAM");
    }
    fuzz_require(total == memory->size, "dom0's banks are not what it gets");
}

static void require_tree(const struct shim_dom0_tree *dom0)
{
    struct shim_error error = { .code = SHIM_OK };
    struct shim_tree checked;
    size_t room = shim_memory_for(dom0->len);
    void *memory = malloc(room);
    struct shim_arena arena = shim_arena(memory, memory ? room : 0);
    uint8_t *copy = fuzz_exact(dom0->blob, dom0->len);

    fuzz_require(fuzz_libfdt_takes(copy, dom0->len), "libfdt refuses dom0's tree");
    fuzz_require(!shim_tree_check(&checked, copy, dom0->len, &arena, &error), error.what);
    free(copy);
    free(memory);
}

static void require_same(const struct run *a, const struct run *b)
{
    const struct shim_dom0_tree *first = &a->outlook.forecast.dom0;
    const struct shim_dom0_tree *second = &b->outlook.forecast.dom0;

    fuzz_require(a->code == b->code, "another dirt makes another forecast");
    if (a->code)
        return;
    fuzz_require(!strcmp(a->page.words, b->page.words), "another dirt makes another page");
    fuzz_require(!first->blob == !second->blob &&
                 (!first->blob || (first->len == second->len &&
                                   !memcmp(first->blob, second->blob, first->len))),
                 "another dirt makes another tree of dom0's");
}

static const struct shim_release *row(unsigned choice)
{
    return shim_release_row(SHIM_XEN_OLDEST + choice % (SHIM_XEN_NEWEST - SHIM_XEN_OLDEST + 1));
}

/* What a forecast for another release has left changes nothing. */
static void require_same_alone(const struct fuzz_choices *chosen, unsigned choice,
                               const uint8_t *blob, size_t len)
{
    static struct run alone, after;
    const struct shim_dom0_tree *first = &alone.outlook.forecast.dom0;
    const struct shim_dom0_tree *second = &after.outlook.forecast.dom0;

    start(&alone, chosen, row(choice), (struct wish){ .with_tree = false }, blob, len,
          fuzz_arena(0, len, 0, 0));
    start(&after, chosen, row(choice), (struct wish){ .before = row(choice + 1) }, blob, len,
          fuzz_arena(1, len, 0, 0));
    fuzz_require(alone.code == after.code, "another release before makes another forecast");
    if (alone.code)
        return;
    fuzz_require(!strcmp(alone.page.words, after.page.words),
                 "another release before makes another page");
    fuzz_require(first->len == second->len && !first->dma == !second->dma,
                 "another release before makes another tree of dom0's");
    fuzz_require(!first->dma || !memcmp(first->dma, second->dma, alone.booted.tree.node_count),
                 "another release before leaves DMA translated otherwise");
}

enum { FROM_UEFI_ON = 192 };

void fuzz_forecast(const struct fuzz_choices *given, uint8_t choice, const uint8_t *blob,
                   size_t len)
{
    static struct run one, other;
    static struct fuzz_choices entered, *const chosen = &entered;
    const struct wish wish = { .with_tree = true };
    const struct shim_forecast *forecast = &one.outlook.forecast;

    entered = *given;
    entered.facts.entry = choice < FROM_UEFI_ON ? SHIM_ENTRY_IMAGE : SHIM_ENTRY_UEFI;
    start(&one, chosen, row(choice), wish, blob, len, fuzz_arena(0, len, 0, 0));
    if (!one.opened)
        return;
    start(&other, chosen, row(choice), wish, blob, len, fuzz_arena(1, len, 1 << 12, 0xa5));
    require_same(&one, &other);
    if (one.code)
        return;
    if (forecast->stop)
        require_stop(forecast);
    else
        require_memory(forecast);
    if (!forecast->stop && forecast->dom0.blob)
        require_tree(&forecast->dom0);
    require_same_alone(chosen, choice, blob, len);
}
