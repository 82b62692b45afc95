// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where a release of Xen takes dom0's memory from, a fact a line.
 *
 * usage: memory RELEASE TREE [image=BASE:SIZE] [tree=BASE] [arm32] [kernel=BITS:ROOM:OFFSET]
 *               [packed=SIZE] [ram=BASE:SIZE] [heap=BASE:SIZE]
 *
 * ram, heap: what the last bank of RAM and the last range of xen,static-heap are, whatever the
 * tree says. So no tree has to hold what Xen does not survive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/model/memory.h"

static uint64_t blob[1 << 18], memory[1 << 21];

static void print(const char *what, struct shim_range range)
{
    if (range.size)
        printf("%s %llx %llx\n", what, (unsigned long long)range.base,
               (unsigned long long)shim_range_end(range));
}

static void print_memory(const struct shim_dom0_memory *dom0)
{
    printf("size %llx%s\n", (unsigned long long)dom0->size, dom0->sure ? " sure" : "");
    for (uint32_t i = 0; i < dom0->count; i++)
        print("bank", dom0->banks[i]);
    print("kernel", dom0->kernel);
    print("ramdisk", dom0->ramdisk);
    print("tree", dom0->tree);
    print("grants", dom0->grants);
    for (uint32_t i = 0; i < dom0->regions.count; i++)
        print("region", dom0->regions.at[i]);
    if (shim_stops(&dom0->stop))
        printf("stop %s | %s | %s%s%s\n", dom0->stop.id, dom0->stop.words, dom0->stop.why,
               dom0->stop.silent ? " | silent" : "", dom0->stop.maybe ? " | maybe" : "");
}

static void change(struct shim_xen_banks *banks, enum shim_bank_kind kind, struct shim_range to)
{
    for (uint32_t i = banks->count; i-- > 0;)
        if (banks->at[i].kind == kind) {
            banks->at[i].at = to;
            return;
        }
}

static struct shim_range range(const char *text)
{
    char *rest;
    unsigned long long base = strtoull(text, &rest, 16);

    return (struct shim_range){ base, *rest == ':' ? strtoull(rest + 1, NULL, 16) : 0 };
}

static void option(struct shim_xen_boot *boot, struct shim_kernel_image *kernel, const char *text)
{
    char *rest;

    if (!strncmp(text, "image=", 6))
        boot->image = range(text + 6);
    if (!strncmp(text, "tree=", 5))
        boot->tree = (struct shim_range){ range(text + 5).base, 1 };
    if (!strcmp(text, "arm32"))
        boot->arch = SHIM_XEN_ARM32;
    if (!strncmp(text, "packed=", 7))
        kernel->unpacked = strtoull(text + 7, NULL, 16);
    if (!strncmp(text, "kernel=", 7)) {
        kernel->bits = (unsigned)strtoul(text + 7, &rest, 10);
        kernel->room = strtoull(rest + 1, &rest, 16);
        kernel->offset = strtoull(rest + 1, NULL, 16);
    }
}

static size_t load(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(blob, 1, sizeof(blob), file) : 0;

    if (file)
        fclose(file);
    return len;
}

int main(int argc, char **argv)
{
    struct shim_arena arena = shim_arena(memory, sizeof(memory));
    struct shim_kernel_image kernel = { .bits = 64 };
    struct shim_xen_boot boot = { .arch = SHIM_XEN_ARM64 };
    struct shim_sight sight = { .boot = &boot, .arena = &arena };
    struct shim_dom0_memory dom0;
    struct shim_tree tree;
    struct shim_error error;
    size_t len = argc > 2 ? load(argv[2]) : 0;

    if (!len || shim_tree_check(&tree, blob, len, &arena, &error))
        return 2;
    boot.release = shim_release_row((unsigned)atoi(argv[1]));
    for (int i = 3; i < argc; i++)
        option(&boot, &kernel, argv[i]);
    sight.tree = &tree;
    if (shim_xen_see(&sight, &error))
        return 3;
    for (int i = 3; i < argc; i++) {
        if (!strncmp(argv[i], "ram=", 4))
            change(&sight.ram, SHIM_BANK_RAM, range(argv[i] + 4));
        if (!strncmp(argv[i], "heap=", 5))
            change(&sight.reserved, SHIM_BANK_HEAP, range(argv[i] + 5));
    }
    if (shim_xen_dom0_memory(&sight, &kernel, &dom0, &error))
        return 3;
    if (shim_stops(&sight.stop))
        printf("stop %s | %s | %s\n", sight.stop.id, sight.stop.words, sight.stop.why);
    print_memory(&dom0);
    return 0;
}
