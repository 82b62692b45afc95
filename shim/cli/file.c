// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _XOPEN_SOURCE 700
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "shim/fdt/tree.h"
#include "trouble.h"

bool file_failed(const char *what, const char *path)
{
    char words[120];

    snprintf(words, sizeof(words), "cannot %s: %s", what, strerror(errno));
    complain_about(path, "file", words,
                   "check the path, its permissions and the free space on the disk");
    return false;
}

/* Reads to the end whatever the descriptor is: a file, a pipe, a terminal. */
static bool read_all(int fd, struct file *file)
{
    size_t room = 0;

    while (true) {
        ssize_t got;

        if (file->len == room) {
            void *more = realloc(file->bytes, room = room ? 2 * room : 1 << 16);

            if (!more)
                return false;
            file->bytes = more;
        }
        if (file->len > SHIM_BLOB_MAX) {
            errno = EFBIG;
            return false;
        }
        got = read(fd, (char *)file->bytes + file->len, room - file->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        file->len += (size_t)got;
    }
}

bool file_read(const char *path, struct file *file)
{
    bool standard = !strcmp(path, "-");
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool complete;

    *file = (struct file){ .name = standard ? "<stdin>" : path };
    if (fd < 0)
        return file_failed("open", file->name);
    complete = read_all(fd, file);
    keep(file->bytes);
    if (!complete)
        file_failed("read", file->name);
    if (!standard)
        close(fd);
    return complete;
}

/* True: `file` has the bytes, of which the kernel reads those that are looked at. */
static bool map(int fd, struct file *file)
{
    struct stat about;
    void *bytes;

    if (fstat(fd, &about) || !S_ISREG(about.st_mode) || !about.st_size ||
        about.st_size > (off_t)SHIM_BLOB_MAX)
        return false;
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    file->bytes = bytes;
    file->len = (size_t)about.st_size;
    return true;
}

bool file_look(const char *path, struct file *file)
{
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool mapped;

    *file = (struct file){ .name = path };
    if (fd < 0)
        return file_read(path, file);
    mapped = map(fd, file);
    close(fd);
    return mapped || file_read(path, file);
}

bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

bool close_good(int fd, bool good)
{
    int why = errno;
    bool closed = close(fd) == 0;

    if (!good)
        errno = why;
    return good && closed;
}

const char *file_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool is_folder(const char *path)
{
    struct stat there;

    return stat(path, &there) == 0 && S_ISDIR(there.st_mode);
}

bool folder_ready(const char *path)
{
    if (is_folder(path))
        return true;
    if (!*file_base(path))
        return mkdir(path, 0777) == 0 || file_failed("create", path);
    complain_about(path, "file", "several files need a directory as their output",
                   "give one that exists, or end the name in / to make it");
    return false;
}

bool is_el2_beside(const char *path)
{
    static const char end[] = ".dtb", other[] = "-el2.dtb";
    size_t len = strlen(path), stem = len - (sizeof(end) - 1);
    struct stat target;
    char *name;
    bool there;

    if (len < sizeof(end) || strcmp(path + stem, end) != 0)
        return false;
    name = malloc(stem + sizeof(other));
    if (!name)
        return false;
    memcpy(name, path, stem);
    memcpy(name + stem, other, sizeof(other));
    there = stat(name, &target) == 0;
    free(name);
    return there;
}
