// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What each release of Xen sees in a tree, a fact a line.
 *
 * usage: sight TREE [image=BASE:SIZE] [tree=BASE] [arm32] [static-memory] [static-shm]
 *              [more=BASE:SIZE] [deepest=N] [word=NAME]...
 *
 * deepest: the release stops at N levels already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/model/sight.h"

static uint64_t blob[1 << 20], memory[1 << 21];

static unsigned long long end_of(struct shim_range range)
{
    return (unsigned long long)shim_range_end(range);
}

static const char *path(const struct shim_tree *tree, uint32_t node)
{
    static struct shim_path text;

    if (node == SHIM_NONE)
        return "-";
    text = shim_path(tree, node);
    return text.s;
}

static void print_banks(const struct shim_sight *sight, const struct shim_xen_banks *banks)
{
    static const char *const kinds[] = { "ram", "region", "memreserve", "heap", "domain",
                                         "shared" };

    for (uint32_t i = 0; i < banks->count; i++)
        printf("%s %llx %llx %s\n", kinds[banks->at[i].kind],
               (unsigned long long)banks->at[i].at.base, end_of(banks->at[i].at),
               path(sight->tree, banks->at[i].node));
}

static void print_module(const struct shim_sight *sight, const struct shim_xen_module *module,
                         const char *first)
{
    static const char *const kinds[] = { "xen", "tree", "kernel", "ramdisk", "other",
                                         "domain-tree" };

    printf("%s %s %llx %llx %s", first, kinds[module->kind], (unsigned long long)module->at.base,
           end_of(module->at), path(sight->tree, module->node));
    printf(" %s%s %s\n", path(sight->tree, module->domain), module->guessed ? " guessed" : "",
           module->line ? module->line : "");
}

static void print_stop(const struct shim_tree *tree, const char *first,
                       const struct shim_stop *stop)
{
    if (shim_stops(stop))
        printf("%s %s %s%s | %s | %s\n", first, stop->id, path(tree, stop->node),
               stop->silent ? " silent" : "", stop->words, stop->why);
}

static void print(const struct shim_sight *sight)
{
    struct shim_ranges free;

    print_banks(sight, &sight->ram);
    print_banks(sight, &sight->reserved);
    for (uint32_t i = 0; i < sight->module_count; i++)
        print_module(sight, &sight->modules[i], "module");
    for (uint32_t i = 0; i < sight->ignored_count; i++)
        print_module(sight, &sight->ignored[i].module, "ignored");
    printf("xen-line %s\n", sight->xen_line);
    if (sight->dom0_line)
        printf("dom0-line %s\n", sight->dom0_line);
    if (sight->static_heap)
        puts("static-heap");
    if (shim_sight_dom0less(sight))
        puts("dom0less");
    if (sight->unknown_places)
        puts("unknown-places");
    print_stop(sight->tree, "misread", &sight->misread);
    if (sight->unread != SHIM_NONE)
        printf("unread %s\n", path(sight->tree, sight->unread));
    print_stop(sight->tree, "stop", &sight->stop);
    print_stop(sight->tree, "late", &sight->late);
    if (!shim_sight_free(sight, &free, 0))
        exit(2);
    for (uint32_t i = 0; i < free.count; i++)
        printf("free %llx %llx\n", (unsigned long long)free.at[i].base, end_of(free.at[i]));
}

static struct shim_range range(const char *text)
{
    char *rest;
    unsigned long long base = strtoull(text, &rest, 16);

    return (struct shim_range){ base, *rest == ':' ? strtoull(rest + 1, NULL, 16) : 0 };
}

static void print_word(const struct shim_sight *sight, const char *word)
{
    struct shim_span value = shim_sight_word(sight, word);

    if (value.at)
        printf("word %s=%.*s\n", word, (int)value.len, (const char *)value.at);
}

static void option(struct shim_xen_boot *boot, struct shim_xen_module *more, const char *text)
{
    if (!strncmp(text, "image=", 6))
        boot->image = range(text + 6);
    if (!strncmp(text, "tree=", 5))
        boot->tree = (struct shim_range){ range(text + 5).base, 1 };
    if (!strncmp(text, "more=", 5)) {
        *more = (struct shim_xen_module){ .kind = SHIM_MODULE_KERNEL, .node = SHIM_NONE,
                                          .domain = SHIM_NONE, .at = range(text + 5) };
        boot->more = more;
        boot->more_count = 1;
    }
    if (!strcmp(text, "arm32"))
        boot->arch = SHIM_XEN_ARM32;
    boot->static_memory |= !strcmp(text, "static-memory");
    boot->static_shm |= !strcmp(text, "static-shm");
}

/* One release, in what is left of the memory behind the tree. */
static int see(const struct shim_tree *tree, struct shim_arena arena, unsigned minor, char **options)
{
    struct shim_release release = *shim_release_row(minor);
    struct shim_xen_boot boot = { .release = &release };
    struct shim_sight sight = { .tree = tree, .boot = &boot, .arena = &arena };
    struct shim_xen_module more;
    struct shim_error error;

    for (char **one = options; *one; one++) {
        if (!strncmp(*one, "deepest=", 8))
            release.stops_at_depth = (uint8_t)atoi(*one + 8);
        option(&boot, &more, *one);
    }
    if (shim_xen_see(&sight, &error)) {
        fprintf(stderr, "%s\n", error.what);
        return 2;
    }
    printf("release %u\n", minor);
    print(&sight);
    for (char **one = options; *one; one++)
        if (!strncmp(*one, "word=", 5))
            print_word(&sight, *one + 5);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    size_t len = file ? fread(blob, 1, sizeof(blob), file) : 0;
    struct shim_arena arena = shim_arena(memory, sizeof(memory));
    struct shim_error error;
    struct shim_tree tree;
    int code = 0;

    if (!len || shim_tree_check(&tree, blob, len, &arena, &error))
        return 1;
    fclose(file);
    for (unsigned minor = SHIM_XEN_OLDEST; !code && minor <= SHIM_XEN_NEWEST; minor++)
        code = see(&tree, arena, minor, argv + 2);
    return code;
}
