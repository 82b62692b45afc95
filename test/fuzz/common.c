// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

void fuzz_require_words(const struct shim_error *error)
{
    fuzz_require(error->code != SHIM_OK && *shim_code_name(error->code), "an error without a code");
    fuzz_require(error->what[0] != '\0', "an error without words");
    fuzz_require(error->remedy && *error->remedy, "an error without a remedy");
    fuzz_require(memchr(error->where, 0, sizeof(error->where)) &&
                 memchr(error->what, 0, sizeof(error->what)), "an error whose words do not end");
    fuzz_require(error->code != SHIM_E_INTERNAL, error->what);
}

uint8_t *fuzz_exact(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len);

    fuzz_require(copy != NULL || !len, "no memory");
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

/* Kept from run to run. To fill all of it would be most of the work: both ends are used. */
static uint8_t *memories[2];

enum { MEMORY = 64 * FUZZ_MAX + (2 << 20), FILLED = 128 << 10 };

struct shim_arena fuzz_arena(unsigned which, size_t len, size_t more, uint8_t dirt)
{
    size_t size = shim_memory_for(len) + more;
    uint8_t *start;

    fuzz_require(size <= MEMORY, "an input larger than FUZZ_MAX");
    if (!memories[which])
        memories[which] = malloc(MEMORY);
    fuzz_require(memories[which] != NULL, "no memory");
    start = memories[which] + MEMORY - size;
    memset(start, dirt, FILLED);
    memset(memories[which] + MEMORY - FILLED, dirt, FILLED);
    return shim_arena(start, size);
}

bool fuzz_libfdt_takes(const void *tree, size_t len)
{
    return len >= SHIM_FDT_HEADER && fdt_magic(tree) == FDT_MAGIC && fdt_version(tree) == 17 &&
           fdt_check_full(tree, len) == 0;
}

size_t fuzz_first_len(const uint8_t *choices, size_t len)
{
    size_t first = choices[0] | (size_t)choices[1] << 8;

    return first < len ? first : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *choices, *tree;

    if (size < FUZZ_CHOICES || size > FUZZ_MAX)
        return -1;
    choices = fuzz_exact(data, FUZZ_CHOICES);
    tree = fuzz_exact(data + FUZZ_CHOICES, size - FUZZ_CHOICES);
    fuzz_one(choices, tree, size - FUZZ_CHOICES);
    fuzz_require(!memcmp(choices, data, FUZZ_CHOICES) &&
                 (size == FUZZ_CHOICES || !memcmp(tree, data + FUZZ_CHOICES, size - FUZZ_CHOICES)),
                 "the input was written");
    free(tree);
    free(choices);
    return 0;
}
