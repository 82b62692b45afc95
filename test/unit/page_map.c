// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The stage's page tables, made on the host: shim/stage/map.c has no instruction of
 * its own in it. Reads lines "KIND BASE SIZE" (hexadecimal; KIND is a number of enum map_as).
 * Writes "ROOT POOL USED FULL", and the tables as they are in memory.
 *
 * usage: page_map TABLES
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim/stage/cpu.h"

enum { PAGE = 4096, MOST = 64 };

static uint8_t pool[MOST][PAGE] __attribute__((aligned(PAGE)));

/* The host's walk is the test's own, behind all of this. */
void cpu_order_writes(void)
{
}

int main(int argc, char **argv)
{
    uint64_t tables = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    unsigned long long base, size;
    struct map map;
    unsigned kind;

    if (!tables || tables > MOST)
        return 2;
    for (unsigned i = 0; i < sizeof(pool); i++)
        pool[i / PAGE][i % PAGE] = 0xa5; /* as memory is, before anyone has used it */
    map_init(&map, pool[0], tables * PAGE);
    while (scanf("%x %llx %llx", &kind, &base, &size) == 3)
        map_add(&map, (struct shim_range){ base, size }, (enum map_as)kind);
    printf("%llx %llx %x %u\n", (unsigned long long)(uintptr_t)map.root,
           (unsigned long long)(uintptr_t)pool, (unsigned)(map.next - pool[0]), map.full);
    fwrite(pool, 1, (size_t)(map.next - pool[0]), stdout);
    return 0;
}
