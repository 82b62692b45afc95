/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Files, whole, in and out. */
#ifndef DTSHIM_CLI_FILE_H
#define DTSHIM_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* A file in memory, 8-byte aligned; `name` is what messages call it. */
struct file {
    const char *name;
    void *bytes;
    size_t len;
};

/* Reads all of `path`, "-" being standard input; complains and returns false. */
bool file_read(const char *path, struct file *file);

/* The same for a file of which little is looked at, as of a kernel: bytes to be read only. */
bool file_look(const char *path, struct file *file);

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

/* Is beside NAME.dtb a NAME-el2.dtb, as Linux makes them for Qualcomm's boards? */
bool is_el2_beside(const char *path);

#endif
