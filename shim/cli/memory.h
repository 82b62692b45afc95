/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Memory that lives as long as the process. */
#ifndef DTSHIM_CLI_MEMORY_H
#define DTSHIM_CLI_MEMORY_H

#include <dtshim/arena.h>

/* Hands memory of malloc() over to the process: it is freed at exit. */
void *keep(void *memory);

/* Of many files worked on in one process: what one of them needed. */
unsigned kept_count(void);
void release_since(unsigned count);

struct shim_arena arena_of(size_t size);

/* Memory of the size that a tree of `len` bytes needs. */
struct shim_arena arena_for(size_t len);

#endif
