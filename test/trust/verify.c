// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage's reader of a payload on the host:
 *
 *   verify FIT...      what would start of each file, or why nothing does
 *   verify -t TREE...  whether a tree leaves to the payload what is started
 *   verify -f FIT...   of each byte, whether it may be another one: "same" with the same parts,
 *                      "OTHER" with others, which must never be; nothing where it is refused
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/stage/fit.h"
#include "shim/stage/trust.h"

enum { MEMORY = 4 << 20 };

static void put(void *self, const char *text)
{
    fputs(text, self);
}

/* Exactly as long as the file, for the sanitizer to see what reads behind it. */
static uint8_t *load(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;

    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    *len = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*len);
    if (!bytes || fread(bytes, 1, *len, file) != *len)
        exit(2);
    fclose(file);
    return bytes;
}

static void print_error(const struct shim_error *error)
{
    printf("refused: [%s] %s %s: %s; %s\n", shim_code_name(error->code), error->where,
           error->property ? error->property : "", error->what, error->remedy);
}

static enum shim_code judge(struct shim_facts *facts, const uint8_t *fit, size_t len,
                            struct shim_arena arena, uint32_t *signers, struct shim_error *error)
{
    memset(facts, 0, sizeof(*facts));
    return fit_read(facts, fit, len, &arena, signers, error);
}

static void read_fit(uint8_t *fit, size_t len, struct shim_arena arena)
{
    struct shim_sink sink = { put, stdout };
    struct shim_facts facts;
    struct shim_error error = { .code = SHIM_OK };
    uint32_t signers = 0;

    if (judge(&facts, fit, len, arena, &signers, &error)) {
        print_error(&error);
        return;
    }
    for (uint32_t i = 0; i < facts.payload_count; i++)
        printf("part %d at %llu, %llu bytes; ", (int)facts.payload[i].kind,
               (unsigned long long)(facts.payload[i].at.base - (uintptr_t)fit),
               (unsigned long long)facts.payload[i].at.size);
    trust_print(&sink, signers);
}

static void flip_each(uint8_t *fit, size_t len, struct shim_arena arena)
{
    struct shim_facts whole, facts;
    struct shim_error error = { .code = SHIM_OK };
    uint32_t signers;

    if (judge(&whole, fit, len, arena, &signers, &error)) {
        print_error(&error);
        return;
    }
    for (size_t i = 0; i < len; i++)
        for (unsigned bit = 0; bit < 8; bit += 7) {
            fit[i] ^= (uint8_t)(1u << bit);
            if (!judge(&facts, fit, len, arena, &signers, &error))
                printf("%s %zu\n", memcmp(&whole, &facts, sizeof(facts)) != 0 ? "OTHER" : "same", i);
            fit[i] ^= (uint8_t)(1u << bit);
        }
}

static void read_tree(uint8_t *blob, size_t len, struct shim_arena arena)
{
    struct shim_tree tree;
    struct shim_error error = { .code = SHIM_OK };

    if (shim_tree_check(&tree, blob, len, &arena, &error) || trust_tree(&tree, true, &error))
        print_error(&error);
    else
        printf("leaves it to the payload\n");
}

int main(int argc, char **argv)
{
    static uint64_t memory[MEMORY / sizeof(uint64_t)];
    void (*look)(uint8_t *, size_t, struct shim_arena) = read_fit;
    int first = 1;

    if (argc > 1 && argv[1][0] == '-')
        look = argv[first++][1] == 't' ? read_tree : flip_each;
    for (int i = first; i < argc; i++) {
        size_t len;
        uint8_t *bytes = load(argv[i], &len);

        printf("%s: ", argv[i]);
        look(bytes, len, shim_arena(memory, sizeof(memory)));
        free(bytes);
    }
    return 0;
}
