/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The host tool. It may use a whole C library; it decides nothing itself. */
#ifndef DTSHIM_CLI_H
#define DTSHIM_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/job/job.h"
#include "shim/job/report.h"

/* As in diff(1): nothing to report, something to report, trouble. The worst one wins. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

/* What can be said of what is loaded: --stage FILE and so on. */
enum loaded { LOADED_STAGE, LOADED_XEN, LOADED_KERNEL, LOADED_RAMDISK, LOADED_FILES };

struct options {
    const char *const *files;
    unsigned file_count;
    const char *output;
    unsigned jobs; /* files at once; 0: not given */
    bool json;
    bool list_rules;
    bool load_addresses;
    const char *loaded[LOADED_FILES]; /* NULL: not given */
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

/* The last part of a path. */
const char *file_base(const char *path);

/* A directory that is there, or, of a name that ends in '/', is made now; or complains. */
bool folder_ready(const char *path);

bool is_folder(const char *path);

/* Hands memory of malloc() over to the process: it is freed at exit. */
void *keep(void *memory);

/* Memory of the size that a tree of `len` bytes needs. */
struct shim_arena arena_for(size_t len);

/* Sinks on stdio. */
extern const struct shim_sink to_stdout;
extern const struct shim_sink to_stderr;

/* "dtshim: <file>: ..." and the remedy, on standard error; returns EXIT_TROUBLE. */
int complain(const char *file, const struct shim_error *error);

/* The same for what the library knows nothing of; `code` is for programs. */
int complain_about(const char *file, const char *code, const char *what, const char *remedy);

/* Writes out what is buffered; what cannot be written is trouble. */
int flushed(int result);

int command_plan(const struct options *options);
int command_apply(const struct options *options);
int command_diff(const struct options *options);
int command_check(const struct options *options);

/*
 * Runs `one` on each file: on a single one in this process, on several in a
 * worker process each, options->jobs at once, with the results in the order of
 * the command line. Returns the worst of what `one` returned.
 */
typedef int file_command(const struct options *options, const char *file);
int each_file(const struct options *options, file_command *one);

/* A JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void json_string(const char *string);

void json_plan(const struct options *options, const struct shim_job *job);

/* ---- plan --load-addresses ---- */

/* Something to load: dtshim itself, the board's tree, or a module. */
struct load {
    char name[16];    /* "stage", "xen", ...: U-Boot's variable is <name>_addr */
    struct shim_range at;
    const char *file; /* on the command line; NULL: none */
    uint32_t node;    /* that says its size; SHIM_NONE: none does */
};
enum { LOADS_MAX = 2 + SHIM_MODULES_MAX };

/* All of that into LOADS_MAX places; returns their number. */
unsigned load_list(const struct options *options, const struct shim_job *job,
                   struct load *list);

/* The plan of a boot with everything in its place; complains otherwise. */
int load_plan(const struct options *options, const struct file *file, struct shim_job *job);

/* Lines for U-Boot's prompt. */
void load_print(const struct options *options, const struct file *file,
                const struct shim_job *job);

/*
 * plan --json of several files: an array that has {"file": ..., "plan": ...} for
 * each, or {"file": ..., "error": ...}. Before array_begin() all but the plan do nothing.
 */
void array_begin(void);
void array_next(bool first);
void array_plan(const struct options *options, const char *file, const struct shim_job *job);
void array_error(const char *file, const char *code, const struct shim_error *error);
void array_end(void);

#endif
