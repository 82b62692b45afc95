/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Trees in memory. What names a file elsewhere is an address here. */
#ifndef DTSHIM_UBOOT_TREES_H
#define DTSHIM_UBOOT_TREES_H

#include "shim/job/job.h"

enum { NAME_LEN = 48 };

/* A tree as it lies there, at a multiple of 8; `name` is what messages call it. */
struct blob {
    const char *name;
    const void *bytes;
    size_t len;
};

/* The tree at an address as it was typed; or refuses and returns false. */
bool tree_read(const char *typed, struct blob *blob);

/* Where U-Boot keeps its trees, the one that the user set first; or refuses: NULL. */
const char *default_tree(void);

/* Is it one, by its first bytes? */
bool is_tree(const struct blob *blob);

/* As much as a tree of `len` bytes needs; empty where U-Boot has not so much. */
struct shim_arena memory_for(size_t len);

struct output {
    void *tree, *domain; /* of U-Boot's heap; `domain` NULL: there is none */
    size_t len, domain_len;
};

/* Writes what was planned, all of it, or refuses: EXIT_TROUBLE. */
int write_output(const char *name, struct shim_job *job, struct output *output);

#endif
