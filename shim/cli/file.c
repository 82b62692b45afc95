// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

static bool failed(const char *what, const char *path)
{
    fprintf(stderr, "dtshim: %s: cannot %s: %s\n  what to do: check the path, its permissions and "
            "the room on the disk\n", path, what, strerror(errno));
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
        return failed("open", file->name);
    complete = read_all(fd, file);
    keep(file->bytes);
    if (!complete)
        failed("read", file->name);
    if (!standard)
        close(fd);
    return complete;
}

static bool write_all(int fd, const char *bytes, size_t len)
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

/* A new file gets the mode that creating it in place would have given it. */
static bool give_default_mode(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    return fchmod(fd, 0666 & ~mask) == 0;
}

static bool write_and_close(int fd, const void *bytes, size_t len)
{
    bool good = write_all(fd, bytes, len) && give_default_mode(fd) && fsync(fd) == 0;

    return close(fd) == 0 && good;
}

bool file_write(const char *path, const void *bytes, size_t len)
{
    static const char suffix[] = ".XXXXXX";
    char *temporary;
    bool good;
    int fd;

    if (!strcmp(path, "-"))
        return write_all(STDOUT_FILENO, bytes, len) || failed("write", "<stdout>");
    temporary = malloc(strlen(path) + sizeof(suffix));
    if (!temporary)
        return failed("write", path);
    strcpy(temporary, path);
    strcat(temporary, suffix);
    fd = mkstemp(temporary);
    good = fd >= 0 && write_and_close(fd, bytes, len) && rename(temporary, path) == 0;
    if (!good) {
        failed("write", path);
        if (fd >= 0)
            unlink(temporary);
    }
    free(temporary);
    return good;
}
