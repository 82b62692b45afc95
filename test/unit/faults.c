// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One tree, and everything that can go wrong around it: too little memory for check, plan,
 * apply, the domain's tree and the forecast, in all sizes; too little room for the output, likewise; each
 * allocation refused in turn, once or from then on; each error of each function that is
 * called from another file. Whatever fails: the input stays as it is, no length is given for
 * an output, and there are words for cause and remedy. What does not fail is the same.
 *
 * The linker puts __wrap_shim_alloc() before shim_alloc(), and what test_unit.py writes from
 * the headers before the others. usage: faults TREE STEP; prints lines "what done refused".
 * Sizes of memory are STEP bytes apart, a multiple of 8; each allocation is refused anyway.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "shim/job/forecast.h"
#include "shim/xen/check.h"

enum { MOST = 8 << 20, RELEASE = 20 };

struct output {
    unsigned char *at;
    size_t len;
};

struct outcome {
    unsigned breaches;
    struct output tree, domain, dom0;
    const char *stop; /* of the forecast */
};

static struct output input;
static void *exact; /* the input, to the byte: ASan sees reads behind it */
static struct outcome whole;
static unsigned long done, refused;

/* ---- faults ------------------------------------------------------------------------ */

static unsigned long countdown;
static const char *fault; /* who has failed; NULL: nobody yet */
static bool refuse_allocations, for_good, fail_calls;

static bool due(const char *who)
{
    if (fault || --countdown)
        return false;
    fault = who;
    return true;
}

enum shim_code fault_at(const char *who, struct shim_error *error)
{
    if (!fail_calls || !due(who))
        return SHIM_OK;
    return shim_fail(error, SHIM_E_UNSUPPORTED, "fault", NULL, "take the fault away", "%s fails",
                     who);
}

void *__real_shim_alloc(struct shim_arena *arena, size_t count, size_t size);
void *__wrap_shim_alloc(struct shim_arena *arena, size_t count, size_t size);

void *__wrap_shim_alloc(struct shim_arena *arena, size_t count, size_t size)
{
    if (refuse_allocations && ((fault && for_good) || due("shim_alloc"))) {
        arena->full = true;
        return NULL;
    }
    return __real_shim_alloc(arena, count, size);
}

/* ---- one run ------------------------------------------------------------------------ */

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "faults: %s (%s, %lu left)\n", what, fault ? fault : "no fault", countdown);
    exit(1);
}

/* A refusal has words, an output that was refused no length. True: it was refused. */
static bool failed(enum shim_code code, const struct shim_error *error, size_t len)
{
    require(code == error->code, "the code is not the error's");
    if (!code)
        return false;
    require(error->what[0] && error->remedy && error->remedy[0], "a refusal without words");
    require(code != SHIM_E_INTERNAL, error->what);
    require(!len, "a length of what was refused");
    require(!memcmp(exact, input.at, input.len), "the input was written");
    return true;
}

static void count_breach(void *self, const struct shim_trap *trap, uint32_t node,
                         const char *words)
{
    (void)trap, (void)node, (void)words;
    ++*(unsigned *)self;
}

static bool opened(struct shim_job *job, void *memory, size_t size)
{
    struct shim_error error = { .code = SHIM_OK };

    return !failed(shim_job_open(job, exact, input.len, NULL, NULL, shim_arena(memory, size),
                                 &error), &error, 0);
}

static bool check(void *memory, size_t size, unsigned *breaches)
{
    struct shim_error error = { .code = SHIM_OK };
    struct shim_check run;
    struct shim_job job;

    if (!opened(&job, memory, size) || failed(shim_job_survey(&job, &error), &error, 0))
        return false;
    run = (struct shim_check){ .tree = &job.tree, .policy = &job.policy, .record = &job.record,
                               .plan = &job.plan, .breach = count_breach, .self = breaches };
    return !failed(shim_check_all(&run, &error), &error, 0);
}

/* `room`: of the output, at most what it needs; to the byte. */
static bool apply(struct shim_job *job, size_t room, struct output *out)
{
    struct shim_error error = { .code = SHIM_OK };

    out->at = malloc(job->size < room ? job->size : room);
    return !failed(shim_job_apply(job, out->at, job->size < room ? job->size : room, &out->len,
                                  &error), &error, out->len);
}

static bool apply_domain(struct shim_job *job, size_t room, struct output *out)
{
    size_t size = job->plan.given->tree_size;
    struct shim_error error = { .code = SHIM_OK };

    if (!size)
        return true;
    out->at = malloc(size < room ? size : room);
    return !failed(shim_job_apply_domain(job, out->at, size < room ? size : room, &out->len,
                                         &error), &error, out->len);
}

static bool plan(struct shim_job *job, void *memory, size_t size)
{
    struct shim_error error = { .code = SHIM_OK };

    return opened(job, memory, size) && !failed(shim_job_plan(job, &error), &error, 0);
}

/* For one release; dom0's tree is copied. */
static bool forecast(void *memory, size_t size, struct outcome *outcome)
{
    struct shim_error error = { .code = SHIM_OK };
    struct shim_booted booted;
    struct shim_outlook outlook;
    const struct shim_dom0_tree *dom0 = &outlook.forecast.dom0;
    struct shim_job job;

    if (!opened(&job, memory, size))
        return false;
    shim_job_assume(&job);
    if (failed(shim_job_boot(&job, &booted, &error), &error, 0) ||
        failed(shim_job_forecast(&job, &booted, shim_release_row(RELEASE), true, &outlook, &error),
               &error, 0))
        return false;
    outcome->stop = outlook.forecast.stop ? outlook.forecast.stop->id : "";
    outcome->dom0.len = dom0->blob ? dom0->len : 0;
    outcome->dom0.at = malloc(outcome->dom0.len + 1);
    if (dom0->blob)
        memcpy(outcome->dom0.at, dom0->blob, dom0->len);
    return true;
}

/* Another plan than without faults is none: what is not refused is the same. */
static void compare(const struct output *out, const struct output *other)
{
    require(out->len == other->len && (!out->len || !memcmp(out->at, other->at, out->len)),
            "another output");
}

static void forget(struct outcome *outcome)
{
    free(outcome->tree.at);
    free(outcome->domain.at);
    free(outcome->dom0.at);
}

static void run_in(void *memory, size_t size)
{
    struct outcome outcome = { .breaches = 0 };
    bool checked = check(memory, size, &outcome.breaches);
    struct shim_job job;
    bool written = plan(&job, memory, size) && apply(&job, MOST, &outcome.tree) &&
                   apply_domain(&job, MOST, &outcome.domain);
    bool before = fault != NULL;
    bool foretold = forecast(memory, size, &outcome);
    /* RAM as Linux reads it, and as it was given: Xen's own reading is what counts there. */
    bool unasked = fault && !before && (!strcmp(fault, "shim_survey_memory") ||
                                       !strcmp(fault, "shim_check_told_ram"));

    require(!checked || fail_calls || outcome.breaches == whole.breaches, "another verdict");
    if (written && !fail_calls) {
        compare(&outcome.tree, &whole.tree);
        compare(&outcome.domain, &whole.domain);
    }
    if (foretold && !fail_calls) {
        require(!strcmp(outcome.stop, whole.stop), "another forecast");
        compare(&outcome.dom0, &whole.dom0);
    }
    done += checked + written + foretold;
    refused += !checked + !written + !foretold;
    require(!(checked && written && foretold && fault) || unasked, "nobody minds the fault");
    forget(&outcome);
}

/* ---- all of them --------------------------------------------------------------------- */

static void say(const char *what)
{
    printf("%s %lu %lu\n", what, done, refused);
    done = refused = 0;
}

/* The memory ends with what was allocated, too: ASan sees what goes beyond. */
static void try_sizes(char *memory, size_t most, size_t step)
{
    for (size_t size = 0; size <= most; size += step)
        run_in(memory + MOST - size, size);
    say("memory");
}

static void try_rooms(void *memory)
{
    struct shim_job job;

    require(plan(&job, memory, MOST), "no plan");
    for (size_t room = 0; room <= whole.tree.len || room <= whole.domain.len; room++) {
        struct outcome outcome = { .breaches = 0 };
        bool tree = apply(&job, room, &outcome.tree);
        bool domain = apply_domain(&job, room, &outcome.domain);

        require(tree == (room >= whole.tree.len), "the output's size is not its need");
        require(domain == (room >= whole.domain.len), "the domain's size is not its need");
        done += tree + domain;
        refused += !tree + !domain;
        forget(&outcome);
    }
    say("room");
}

static void try_each(void *memory, const char *what)
{
    unsigned long turn = 1;

    do {
        countdown = turn++;
        fault = NULL;
        run_in(memory, MOST);
    } while (fault);
    refuse_allocations = fail_calls = false;
    say(what);
}

/* The first bytes of memory that are enough for everything. */
static size_t learn(void *memory)
{
    struct shim_job job;

    require(check(memory, MOST, &whole.breaches) && plan(&job, memory, MOST), "no plan");
    require(apply(&job, MOST, &whole.tree) && apply_domain(&job, MOST, &whole.domain), "no output");
    require(forecast((char *)memory + MOST / 2, MOST / 2, &whole), "no forecast");
    return MOST - shim_arena_left(&job.arena) + shim_memory_for(0) / 16;
}

static void read_input(const char *path)
{
    FILE *file = fopen(path, "rb");

    require(file != NULL, "no tree given");
    input.at = malloc(MOST);
    input.len = fread(input.at, 1, MOST, file);
    fclose(file);
    exact = malloc(input.len);
    memcpy(exact, input.at, input.len);
}

int main(int argc, char **argv)
{
    void *memory = malloc(MOST);
    size_t most;

    require(argc == 3, "usage: faults TREE STEP");
    read_input(argv[1]);
    most = learn(memory);
    try_sizes(memory, most, strtoul(argv[2], NULL, 0));
    try_rooms(memory);
    refuse_allocations = true;
    try_each(memory, "once");
    refuse_allocations = for_good = true;
    try_each(memory, "for-good");
    fail_calls = true;
    try_each(memory, "calls");
    free(memory);
    free(exact);
    free(input.at);
    forget(&whole);
    return 0;
}
