/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The parts of the command. Files are trees in memory here, and their names are addresses. */
#ifndef DTSHIM_UBOOT_COMMAND_H
#define DTSHIM_UBOOT_COMMAND_H

#include "shim/job/report.h"
#include "uboot.h"

enum { POLICY_BYTES = 8 << 10, NAME_LEN = 48 };

/* As of the host tool: nothing to report, something to report, trouble. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

extern const struct shim_sink to_console;

/* A tree in memory, at a multiple of 8; `name` is what messages call it. */
struct file {
    const char *name;
    void *bytes;
    size_t len;
};

/* ---- command.c ---- */

/* The tree at an address as it was typed; or complains and returns false. */
bool file_read(const char *address, struct file *file);

/* Memory of the size that a tree of `len` bytes needs. */
struct shim_arena arena_for(size_t len);

/* "dtshim: <name>: ..." and the remedy; returns EXIT_TROUBLE. */
int complain(const char *name, const struct shim_error *error);

/* The same for what the library knows nothing of; `code` is for programs. */
int complain_about(const char *name, const char *code, const char *what, const char *remedy);

/* Where U-Boot keeps its trees, the one that the user set first; or complains: NULL. */
const char *default_tree(void);

/* Is it one, by its first bytes? */
bool is_tree(const struct file *file);

/* "not enough memory", about `name`; EXIT_TROUBLE. */
int out_of_memory(const char *name);

struct output {
    void *tree, *domain; /* of U-Boot's heap; `domain` NULL: there is none */
    size_t len, domain_len;
};

/* Writes what was planned, all of it, or complains: EXIT_TROUBLE. */
int write_output(const char *name, struct shim_job *job, struct output *output);

/* ---- boot.c ---- */

int run_boot(int argc, char *const argv[]);

/* ---- policy.c ---- */

/*
 * Lays what the variables dtshim_<property> say over the defaults, with '_' for '-'; or
 * complains and returns false.
 */
bool policy_from_environment(struct shim_policy *policy, struct shim_arena *arena);

/* The variables, what they take, and what they are set to. */
void policy_help(void);

/* ---- what the command says of the last tree it made ---- */

#define RESULT_ADDRESS        "dtshim_addr"
#define RESULT_SIZE           "dtshim_size"
#define RESULT_FROM           "dtshim_from"
#define RESULT_OFFSET         "dtshim_offset"
#define RESULT_ERROR          "dtshim_error"
#define RESULT_DOMAIN_ADDRESS "dtshim_domain_addr"
#define RESULT_DOMAIN_SIZE    "dtshim_domain_size"
#define RESULT_DOMAIN_LOAD    "dtshim_domain_load"

#endif
