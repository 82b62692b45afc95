/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Files, whole, and their names. */
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

/* Complains of what cannot be done with `path`, with errno's words; returns false. */
bool file_failed(const char *what, const char *path);

bool write_all(int fd, const char *bytes, size_t len);

/* Closes it after what went well or not; errno is that of the first trouble. */
bool close_good(int fd, bool good);

/* The last part of a path. */
const char *file_base(const char *path);

/* A directory that is there, or, of a name that ends in '/', is made now; or complains. */
bool folder_ready(const char *path);

bool is_folder(const char *path);

/* Is beside NAME.dtb a NAME-el2.dtb, as Linux makes them for Qualcomm's boards? */
bool is_el2_beside(const char *path);

#endif
