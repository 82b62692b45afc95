// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _XOPEN_SOURCE 700
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "replace.h"

/* To the disk, where there is one: a pipe has none. */
static bool reach_disk(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

bool output_is_stdout(const char *path)
{
    struct stat named, standard;

    return !strcmp(path, "-") ||
           (stat(path, &named) == 0 && fstat(STDOUT_FILENO, &standard) == 0 &&
            named.st_dev == standard.st_dev && named.st_ino == standard.st_ino);
}

bool output_is_file(const char *path)
{
    struct stat there;

    return !output_is_stdout(path) && (stat(path, &there) != 0 || S_ISREG(there.st_mode));
}

/* Standard output, a device or a pipe: written to, never replaced. */
static bool write_in_place(const struct output *output)
{
    bool standard = output_is_stdout(output->path);
    int fd = standard ? STDOUT_FILENO : open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    bool good = fd >= 0 && write_all(fd, output->bytes, output->len);

    if (fd >= 0 && !standard)
        good = close_good(fd, good && reach_disk(fd));
    return good || file_failed("write", standard ? "<stdout>" : output->path);
}

bool outputs_write(const struct output *outputs, unsigned count)
{
    bool folder = is_folder(outputs->path); /* is refused by name, as a file would be */

    return count == 1 && !folder && !output_is_file(outputs->path) ? write_in_place(outputs)
                                                                 : files_replace(outputs, count);
}
