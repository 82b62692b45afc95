// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * diff of two trees, and check of each. diff says the same both ways, and nothing of a
 * tree and itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../shim/cli/cli.h"
#include "fuzz.h"
#include "shim/xen/check.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

const bool fuzz_two_trees = true;

/* ---- what diff needs of the tool ---------------------------------------------------------- */

static struct file files[2];
static unsigned arenas;

/* diff asks twice, once for each side. */
struct shim_arena arena_for(size_t len)
{
    return fuzz_arena(arenas++ % 2, len, 0, 0x5a);
}

bool file_read(const char *path, struct file *file)
{
    *file = files[*path - 'a'];
    return true;
}

int complain(const char *file, const struct shim_error *error)
{
    fuzz_require(*file != '\0', "an error of a file without a name");
    fuzz_require_words(error);
    fuzz_require(error->code != SHIM_E_MEMORY, "the memory bound does not hold");
    return EXIT_TROUBLE;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_require(freopen("/dev/null", "w", stdout) != NULL, "no /dev/null");
    return 0;
}

/* ---- what is required ------------------------------------------------------------------------ */

static int compare(const char *one, const char *other)
{
    const char *names[] = { one, other };
    struct options options = { .files = names, .file_count = 2 };

    return command_diff(&options);
}

static void breach(void *self, const struct shim_rule *rule, uint32_t node, const char *words)
{
    const struct shim_tree *tree = self;

    fuzz_require(*words && *rule->id && *rule->why && *rule->remedy, "a breach without words");
    fuzz_require(node == SHIM_NONE || node < tree->node_count, "a breach at no node");
}

static void check(const struct file *file)
{
    static const struct shim_policy none;
    struct shim_error error = { .code = SHIM_OK };
    struct shim_job job;
    struct shim_check check = { .tree = &job.tree, .policy = &job.policy, .plan = &job.plan,
                                .breach = breach, .self = &job.tree };

    if (!shim_job_facts(&job, file->bytes, file->len, &none, fuzz_arena(0, file->len, 0, 0x5a),
                        &error)) {
        shim_check_all(&check);
        return;
    }
    fuzz_require_words(&error);
    fuzz_require(error.code != SHIM_E_MEMORY, "the memory bound does not hold");
}

static void compare_all(void)
{
    struct file changed = { "b", files[1].bytes, files[1].len };
    int ways[2] = { compare("a", "b"), compare("b", "a") };

    fuzz_require(ways[0] == ways[1], "diff depends on the order");
    for (unsigned i = 0; i < 2; i++)
        fuzz_require(compare(i ? "b" : "a", i ? "b" : "a") != EXIT_DIFFERENT,
                     "a tree differs from itself");
    diff_changes(&files[0], &changed);
}

void fuzz_one(const uint8_t *choices, const uint8_t *bytes, size_t len)
{
    size_t first = fuzz_first_len(choices, len);
    size_t lens[2] = { first, len - first };

    for (unsigned i = 0; i < 2; i++)
        files[i] = (struct file){ i ? "b" : "a", fuzz_exact(bytes + (i ? first : 0), lens[i]),
                                  lens[i] };
    check(&files[0]);
    check(&files[1]);
    compare_all();
    free(files[0].bytes);
    free(files[1].bytes);
}
