// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * dom0's tree as the model has it, with memory as the caller tells it.
 *
 * usage: dom0_tree RELEASE TREE OUT [WORD=RANGE]...
 *
 * A word is bank, region, kernel, ramdisk, tree or grants, a range is BASE+SIZE; lines=N and
 * typer=N are what the hardware says of its GIC. Where Xen stops: its id, node and words on a
 * line, no file, and 3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/model/dom0_tree.h"

static uint64_t blob[1 << 18], memory[1 << 20];

enum { RANGES = 64 };
static struct shim_range banks[RANGES], regions[RANGES];
static struct shim_dom0_memory dom0 = { .banks = banks, .regions = { .at = regions } };
static struct shim_xen_boot boot = { .arch = SHIM_XEN_ARM64 };
static struct shim_sight sight = { .boot = &boot };

static void take(const char *word)
{
    const char *equals = strchr(word, '=');
    char *end;
    struct shim_range at = { 0 };

    at.base = strtoull(equals + 1, &end, 0);
    if (*end == '+')
        at.size = strtoull(end + 1, NULL, 0);
    if (!strncmp(word, "bank=", 5))
        banks[dom0.count++] = at;
    else if (!strncmp(word, "region=", 7))
        regions[dom0.regions.count++] = at;
    else if (!strncmp(word, "kernel=", 7))
        dom0.kernel = at;
    else if (!strncmp(word, "ramdisk=", 8))
        dom0.ramdisk = at;
    else if (!strncmp(word, "tree=", 5))
        dom0.tree = at;
    else if (!strncmp(word, "grants=", 7))
        dom0.grants = at;
    else if (!strncmp(word, "lines=", 6))
        boot.gic_lines = (uint32_t)at.base;
    else if (!strncmp(word, "typer=", 6))
        boot.gicv2m_typer = (uint32_t)at.base;
    else
        exit(2);
}

static int say(const struct shim_tree *tree, const struct shim_dom0_tree *made, const char *path)
{
    FILE *file;

    if (shim_stops(&made->stop)) {
        printf("%s %s %s\n", made->stop.id,
               made->stop.node == SHIM_NONE ? "-" : SHIM_PATH(tree, made->stop.node),
               made->stop.words);
        return 3;
    }
    file = fopen(path, "wb");
    if (!file || fwrite(made->blob, 1, made->len, file) != made->len || fclose(file))
        return 1;
    return 0;
}

int main(int argc, char **argv)
{
    FILE *file = argc > 3 ? fopen(argv[2], "rb") : NULL;
    size_t len = file ? fread(blob, 1, sizeof(blob), file) : 0;
    struct shim_arena arena = shim_arena(memory, sizeof(memory));
    struct shim_error error;
    struct shim_tree tree;
    struct shim_dom0_tree made;

    if (!len || shim_tree_check(&tree, blob, len, &arena, &error))
        return 1;
    fclose(file);
    boot.release = shim_release_row((unsigned)atoi(argv[1]));
    sight.arena = &arena;
    sight.tree = &tree;
    for (int i = 4; i < argc; i++)
        take(argv[i]);
    if (shim_xen_see(&sight, &error) || shim_stops(&sight.stop) ||
        shim_xen_dom0_tree(&sight, &dom0, &made, &error))
        return 1;
    return say(&tree, &made, argv[3]);
}
