/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the programs of make bench share: files, and what callgrind is to count. */
#ifndef DTSHIM_TEST_BENCH_H
#define DTSHIM_TEST_BENCH_H

#include <stddef.h>

#include <valgrind/callgrind.h>

struct bytes {
    void *at;
    size_t len;
};

/* Ends the program with these words unless it holds. */
void require(int holds, const char *what);

struct bytes read_file(const char *path);
void write_file(const char *path, const void *at, size_t len);
void *memory(size_t len);

/*
 * Between the two callgrind counts, if it was started with --collect-atstart=no; the
 * count is a part of its output that bears this name.
 */
static inline void count_from_here(void)
{
    CALLGRIND_TOGGLE_COLLECT;
}

static inline void count_to_here(const char *name)
{
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(name);
}

#endif
