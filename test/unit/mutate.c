// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Every truncation and many single-byte changes of one tree, in one process
 * under ASan and UBSan. Whatever comes in: no crash, the input stays as it is,
 * a refusal has a remedy, an accepted output has the planned size, and apply of
 * apply changes nothing.
 *
 * usage: mutate TREE [STEP]; prints "accepted refused"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/job/job.h"

static unsigned long accepted, refused, runs;

static void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "mutate: %s\n", what);
    exit(1);
}

/*
 * Memory of this size that ends where the heap's red zone begins: ASan sees what goes beyond,
 * and the kernel has not to find and clear pages for each run.
 */
static void *memory_of(size_t size)
{
    static char *all;
    static size_t room;

    if (size > room) {
        free(all);
        all = malloc(room = size + (1 << 20));
    }
    return all + room - size;
}

/* The output of one run, to be freed; NULL when the input was refused. */
static void *run(const void *blob, size_t len, const struct shim_policy *policy, size_t *out_len)
{
    size_t size = shim_memory_for(len);
    void *out = NULL;
    struct shim_error error = { .code = SHIM_OK };
    struct shim_job job;

    if (!shim_job_open(&job, blob, len, policy, NULL, shim_arena(memory_of(size), size),
                       &error) &&
        !shim_job_plan(&job, &error) && !shim_job_promise(&job, &error)) {
        out = malloc(job.size);
        require(!shim_job_apply(&job, out, job.size, out_len, &error), error.what);
        require(*out_len == job.size, "the size is not the planned one");
    } else {
        require(error.code && error.remedy && error.what[0], "a refusal without words");
        require(error.code != SHIM_E_MEMORY, "the memory bound does not hold");
        require(error.code != SHIM_E_INTERNAL, error.what);
    }
    return out;
}

static void try_one(const void *bytes, size_t len, const struct shim_policy *policy)
{
    void *exact = malloc(len ? len : 1); /* ASan sees reads behind its end */
    size_t once_len, twice_len;
    void *once, *twice;

    memcpy(exact, bytes, len);
    once = run(exact, len, policy, &once_len);
    require(!memcmp(exact, bytes, len), "the input was written");
    if (once) {
        accepted++;
        twice = run(once, once_len, policy, &twice_len);
        require(twice && twice_len == once_len && !memcmp(once, twice, once_len),
                "apply of apply differs");
        free(twice);
    } else {
        refused++;
    }
    free(once);
    free(exact);
}

static void set(struct shim_policy *policy, enum shim_policy_field field, uint64_t value)
{
    policy->value[field] = value;
    policy->given |= 1u << field;
}

static void try_all(const void *bytes, size_t len)
{
    struct shim_policy xen = { .given = 0 }, native = { .given = 0 };

    /* Where the default size has to look for its place everywhere, that takes twenty times as long. */
    if (runs++ % 16)
        set(&xen, SHIM_POLICY_DOM0_MEM, 256 << 20);
    try_one(bytes, len, &xen);
    set(&native, SHIM_POLICY_CONTRACT, SHIM_CONTRACT_NATIVE);
    try_one(bytes, len, &native);
    set(&native, SHIM_POLICY_MACHINE_BASE, 0xa0000000);
    set(&native, SHIM_POLICY_OFFSET_IN, SHIM_OFFSET_IN_BOTH);
    try_one(bytes, len, &native);
}

int main(int argc, char **argv)
{
    static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    static unsigned char blob[1 << 20];
    size_t step = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    size_t len;

    require(file != NULL, "no tree given");
    len = fread(blob, 1, sizeof(blob), file);
    fclose(file);
    for (size_t cut = 0; cut <= len; cut += step)
        try_all(blob, cut);
    for (size_t at = 0; at < len; at += step) {
        unsigned char old = blob[at];

        for (size_t i = 0; i < sizeof(values); i++) {
            blob[at] = values[i];
            try_all(blob, len);
        }
        blob[at] = old ^ 0x10;
        try_all(blob, len);
        blob[at] = old;
    }
    printf("%lu %lu\n", accepted, refused);
    return 0;
}
