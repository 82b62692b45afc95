/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The host tool. It may use a whole C library; it decides nothing itself. */
#ifndef DTSHIM_CLI_H
#define DTSHIM_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include <dtshim/job.h>
#include <dtshim/report.h>

/* As in diff(1): nothing to report, something to report, trouble. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

struct options {
    const char *files[2];
    unsigned file_count;
    const char *output;
    bool json;
    bool list_rules;
    struct shim_policy policy;
};

/* A file in memory, 8-byte aligned; `name` is what messages call it. */
struct file {
    const char *name;
    void *bytes;
    size_t len;
};

/* Reads all of `path`, "-" being standard input; complains and returns false. */
bool file_read(const char *path, struct file *file);

/*
 * Writes through a temporary file beside `path` and a rename, so that `path`
 * has either its old content or all of the new one. "-" is standard output.
 */
bool file_write(const char *path, const void *bytes, size_t len);

/* Hands memory of malloc() over to the process: it is freed at exit. */
void *keep(void *memory);

/* Memory of the size that a tree of `len` bytes needs. */
struct shim_arena arena_for(size_t len);

/* Sinks on stdio. */
extern const struct shim_sink to_stdout;
extern const struct shim_sink to_stderr;

/* "dtshim: <file>: ..." and the remedy, on standard error; returns EXIT_TROUBLE. */
int complain(const char *file, const struct shim_error *error);

int command_plan(const struct options *options);
int command_apply(const struct options *options);
int command_diff(const struct options *options);
int command_check(const struct options *options);

void json_plan(const struct shim_job *job);

#endif
