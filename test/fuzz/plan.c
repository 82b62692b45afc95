// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Plan and apply, under a policy and facts that the input chooses. What is required of
 * every input: a refusal has words; an output has the size that was predicted, stands in
 * dtshim's eyes and libfdt's, is the same with more memory, and comes back unchanged when
 * it is given again; every xen-dma-safe in it can be justified, and `check` finds nothing
 * left of what apply mends. And the input is forecast as it stands (forecast.h).
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "forecast.h"
#include "justify.h"
#include "shim/job/check.h"
#include "shim/job/report.h"
#include "shim/job/verdict.h"

const bool fuzz_two_trees = false;

enum { AT_RELEASE = 40 }; /* of the choices, behind those of choices.c */

/* What one run made: the tree, and that of a xen,domain; NULL: none. */
struct made {
    enum shim_code code;
    uint8_t *tree, *domain;
    size_t len, domain_len;
    bool unchanged;
    struct shim_policy policy; /* the tree's, with the chosen one on top */
};

typedef enum shim_code apply(struct shim_job *job, void *out, size_t room, size_t *len,
                             struct shim_error *error);

enum { UNTOUCHED = 0x5a };

/* Too little room is said, and nothing is written. */
static void refuse_room(struct shim_job *job, apply *write, size_t size)
{
    struct shim_error error = { .code = SHIM_OK };
    uint8_t *out = malloc(size - 1);
    size_t len = UNTOUCHED;

    fuzz_require(out != NULL, "no memory");
    memset(out, UNTOUCHED, size - 1);
    fuzz_require(write(job, out, size - 1, &len, &error) == SHIM_E_BUFFER,
                 "an output in less room than it needs");
    fuzz_require_words(&error);
    fuzz_require(len == UNTOUCHED, "the length of a refused output was written");
    fuzz_require(out[0] == UNTOUCHED && !memcmp(out, out + 1, size - 2),
                 "a refused output was written");
    free(out);
}

/* NULL: the memory that was left is too little to check what was written. */
static uint8_t *write_exact(struct shim_job *job, apply *write, size_t size, size_t *len)
{
    struct shim_error error = { .code = SHIM_OK };
    uint8_t *out = malloc(size);

    fuzz_require(out != NULL, "no memory");
    refuse_room(job, write, size);
    if (write(job, out, size, len, &error)) {
        fuzz_require_words(&error);
        fuzz_require(error.code == SHIM_E_MEMORY, error.what);
        free(out);
        return NULL;
    }
    fuzz_require(*len == size, "the size is not the predicted one");
    fuzz_require(job->unchanged || fuzz_libfdt_takes(out, size), "libfdt refuses the output");
    return out;
}

static void ignore(void *self, const char *text)
{
    *(size_t *)self += strlen(text);
}

static void report(const struct shim_job *job)
{
    size_t words = 0;
    struct shim_sink sink = { .put = ignore, .self = &words };

    if (job->unchanged)
        return;
    shim_report_plan(&sink, job, false);
    shim_report_plan(&sink, job, true);
    shim_report_outcome(&sink, job);
}

static struct made make(const struct fuzz_choices *chosen, const uint8_t *blob, size_t len,
                        struct shim_arena arena)
{
    struct shim_error error = { .code = SHIM_OK };
    struct made made = { .code = SHIM_OK };
    struct shim_job job;

    made.code = shim_job_open(&job, blob, len, &chosen->policy, &chosen->facts, arena, &error);
    if (!made.code)
        made.code = shim_job_plan(&job, &error);
    if (!made.code)
        made.code = shim_job_promise(&job, &error);
    if (made.code) {
        fuzz_require(error.code == made.code, "two codes");
        fuzz_require_words(&error);
        return made;
    }
    report(&job);
    made.unchanged = job.unchanged;
    made.policy = job.policy;
    made.tree = write_exact(&job, shim_job_apply, job.size, &made.len);
    if (job.plan.given->tree_size)
        made.domain = write_exact(&job, shim_job_apply_domain, job.plan.given->tree_size,
                                  &made.domain_len);
    if (!made.tree || (job.plan.given->tree_size && !made.domain))
        made.code = SHIM_E_MEMORY;
    return made;
}

static void release(struct made *made)
{
    free(made->tree);
    free(made->domain);
}

static bool same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    return a_len == b_len && (!a || !memcmp(a, b, a_len));
}

/* ---- what is required of an output ---------------------------------------------------- */

static void require_tree(const uint8_t *tree, size_t len)
{
    struct shim_arena arena = fuzz_arena(1, len, 0, 0xee);
    struct shim_error error = { .code = SHIM_OK };
    struct shim_tree checked;

    fuzz_require(!shim_tree_check(&checked, tree, len, &arena, &error), error.what);
}

static void require_justified(const struct fuzz_choices *chosen, const struct made *made,
                              const uint8_t *blob, size_t len)
{
    bool xen = shim_policy_for(&made->policy, SHIM_CONTRACT_XEN);
    uint64_t release = made->policy.value[SHIM_POLICY_XEN_VERSION];
    struct drivers drivers = {
        .oldest = !xen ? 0 : release ? (unsigned)(release - 400) : 17,
        .list = made->policy.list[SHIM_POLICY_IOMMU_DRIVERS],
        .no_stage2 = made->policy.list[SHIM_POLICY_IOMMU_NO_STAGE2],
        .smmus_lack_stage2 = chosen->registers == FUZZ_ALL_ZEROS,
    };

    fuzz_require(justify_tags(made->tree, &drivers), "a xen-dma-safe that nothing justifies");
    if (made->domain && fuzz_libfdt_takes(blob, len))
        fuzz_require(justify_domain(made->domain, blob, &drivers),
                     "a xen-dma-safe of the domain that nothing justifies");
}

/* What apply mends must be whole in its output. */
static void require_kept(void *self, const struct shim_trap *trap, uint32_t node,
                         const char *words)
{
    static const char for_xen[] = "ranges-cover\0reg-pages\0iommu-shown\0iommu-map-left\0";
    const struct made *made = self;

    (void)node;
    fuzz_require(strcmp(trap->id, "tag-proven") != 0, words);
    fuzz_require(made->domain || strcmp(trap->id, "xen-stops") != 0, words);
    fuzz_require(!shim_policy_for(&made->policy, SHIM_CONTRACT_XEN) ||
                 !shim_matches_one(for_xen, trap->id), words);
}

static void require_checked(const struct fuzz_choices *chosen, const struct made *made)
{
    struct shim_error error = { .code = SHIM_OK };
    struct shim_job job;
    struct made kept = *made;
    struct shim_check check = { .breach = require_kept, .self = &kept };
    enum shim_code code;

    /* The policy may name a node that has another name now. */
    if (!shim_job_open(&job, made->tree, made->len, &chosen->policy, NULL,
                       fuzz_arena(1, made->len, 0, 0x5a), &error)) {
        code = shim_job_check(&job, &check, &error);
        fuzz_require(code != SHIM_E_MEMORY, error.what);
    }
}

/* A larger arena, and another dirt in it, change nothing. */
static void require_same_with_more(const struct fuzz_choices *chosen, const struct made *made,
                                   const uint8_t *blob, size_t len)
{
    struct made more = make(chosen, blob, len, fuzz_arena(1, len, 1 << 16, 0xa5));

    fuzz_require(more.code == made->code, "more memory makes another verdict");
    fuzz_require(same_bytes(made->tree, made->len, more.tree, more.len),
                 "more memory makes another tree");
    fuzz_require(same_bytes(made->domain, made->domain_len, more.domain, more.domain_len),
                 "more memory makes another tree for the domain");
    release(&more);
}

/* Less memory may be too little, but never makes another tree. */
static void require_same_or_none(const struct fuzz_choices *chosen, const struct made *made,
                                 const uint8_t *blob, size_t len, size_t size)
{
    struct shim_arena arena = fuzz_arena(1, len, 0, 0x77);
    struct made less;

    arena.limit = arena.next + size;
    less = make(chosen, blob, len, arena);
    fuzz_require(less.code == made->code || less.code == SHIM_E_MEMORY,
                 "less memory makes another verdict");
    fuzz_require(less.code || same_bytes(made->tree, made->len, less.tree, less.len),
                 "less memory makes another tree");
    release(&less);
}

static void require_recognised(const struct fuzz_choices *chosen, const struct made *made)
{
    struct made again = make(chosen, made->tree, made->len,
                             fuzz_arena(1, made->len, 0, 0x33));

    fuzz_require(!again.code && again.unchanged, "an output is not recognised");
    fuzz_require(same_bytes(made->tree, made->len, again.tree, again.len),
                 "apply of apply differs");
    release(&again);
}

void fuzz_one(const uint8_t *choices, const uint8_t *blob, size_t len)
{
    static struct fuzz_choices chosen;
    struct made made;

    if (!fuzz_choose(&chosen, choices, blob, len))
        return;
    fuzz_forecast(&chosen, choices[AT_RELEASE], blob, len);
    made = make(&chosen, blob, len, fuzz_arena(0, len, 0, 0));
    fuzz_require(made.code != SHIM_E_MEMORY, "the memory bound does not hold");
    require_same_with_more(&chosen, &made, blob, len);
    if (choices[2])
        require_same_or_none(&chosen, &made, blob, len, (size_t)choices[2] << 9);
    if (!made.code) {
        require_tree(made.tree, made.len);
        require_recognised(&chosen, &made);
        if (!made.unchanged) {
            require_justified(&chosen, &made, blob, len);
            require_checked(&chosen, &made);
        }
    }
    release(&made);
}
