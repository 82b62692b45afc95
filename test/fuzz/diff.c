// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * diff of two trees, and check of each. diff says the same both ways, and nothing of a
 * tree and itself.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "shim/job/changes.h"
#include "shim/job/check.h"

const bool fuzz_two_trees = true;

struct side {
    uint8_t *bytes;
    size_t len;
};

/* Reads all of it, so that ASan sees where it ends. */
static void ignore(void *self, const char *text)
{
    (void)self;
    fuzz_require(strlen(text) < FUZZ_MAX, "a text longer than both trees");
}

static const struct shim_sink nowhere = { .put = ignore };

enum outcome { SAME, DIFFERENT, REFUSED };

static enum outcome refused(const struct shim_error *error)
{
    fuzz_require_words(error);
    fuzz_require(error->code != SHIM_E_MEMORY, "the memory bound does not hold");
    return REFUSED;
}

/* ---- what is required ------------------------------------------------------------------------ */

static enum outcome compare(const struct side *a, const struct side *b)
{
    struct shim_arena arena = fuzz_arena(0, a->len + b->len, 0, 0x5a);
    struct shim_tree before, after;
    struct shim_error error;
    bool different;

    if (shim_tree_check(&before, a->bytes, a->len, &arena, &error) ||
        shim_tree_check(&after, b->bytes, b->len, &arena, &error) ||
        shim_report_diff(&nowhere, &before, &after, &arena, &different, &error))
        return refused(&error);
    return different ? DIFFERENT : SAME;
}

static void changes(const struct side *a, const struct side *b)
{
    struct shim_arena arena = fuzz_arena(0, a->len + b->len, 0, 0x5a);
    struct shim_job job = { .recognised = false };
    struct shim_error error;

    if (shim_tree_check(&job.tree, a->bytes, a->len, &arena, &error) ||
        shim_report_changes(&nowhere, &job, b->bytes, b->len, true, &arena, &error))
        refused(&error);
}

static void breach(void *self, const struct shim_trap *trap, uint32_t node, const char *words)
{
    const struct shim_tree *tree = self;

    fuzz_require(*words && *trap->id && *trap->why && *trap->remedy, "a breach without words");
    fuzz_require(node == SHIM_NONE || node < tree->node_count, "a breach at no node");
}

static void check(const struct side *file)
{
    struct shim_error error = { .code = SHIM_OK };
    struct shim_job job;
    struct shim_check check = { .breach = breach, .self = &job.tree };

    if (!shim_job_open(&job, file->bytes, file->len, NULL, NULL,
                       fuzz_arena(0, file->len, 0, 0x5a), &error) &&
        !shim_job_check(&job, &check, &error))
        return;
    refused(&error);
}

static void compare_all(const struct side *a, const struct side *b)
{
    fuzz_require(compare(a, b) == compare(b, a), "diff depends on the order");
    fuzz_require(compare(a, a) != DIFFERENT && compare(b, b) != DIFFERENT,
                 "a tree differs from itself");
    changes(a, b);
}

void fuzz_one(const uint8_t *choices, const uint8_t *bytes, size_t len)
{
    size_t first = fuzz_first_len(choices, len);
    struct side a = { fuzz_exact(bytes, first), first };
    struct side b = { fuzz_exact(bytes + first, len - first), len - first };

    check(&a);
    check(&b);
    compare_all(&a, &b);
    free(a.bytes);
    free(b.bytes);
}
