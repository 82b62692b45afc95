// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _XOPEN_SOURCE 700
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "shim/job/live.h"
#include "trouble.h"

#define TREE  "/sys/firmware/fdt"
#define IOMEM "/proc/iomem"

static char *path_of(const struct options *options, const char *name)
{
    size_t room = strlen(options->live) + strlen(name) + 1;
    char *path = keep(malloc(room));

    if (path)
        snprintf(path, room, "%s%s", options->live, name);
    return path;
}

static int out_of_memory(void)
{
    return complain_about("--live", "memory", "not enough memory", "give dtshim more memory");
}

static int unreadable(const char *path)
{
    if (errno == EACCES)
        return complain_about(path, "file", "only root can read it", "run dtshim as root");
    return complain_about(path, "file", strerror(errno),
                          "mount /proc and /sys; a Linux that was booted with ACPI has no device "
                          "tree. For copies: --live=FOLDER with FOLDER" TREE
                          " and FOLDER" IOMEM);
}

int live_options(struct options *options)
{
    static const char *files[2];

    files[0] = path_of(options, TREE);
    if (!files[0])
        return out_of_memory();
    if (access(files[0], R_OK))
        return unreadable(files[0]);
    files[1] = options->file_count ? options->files[0] : NULL;
    options->beside = files[1];
    options->files = files;
    options->file_count = 1;
    return EXIT_SAME;
}

int live_iomem(const struct options *options, struct shim_iomem *iomem)
{
    const char *path = path_of(options, IOMEM);
    struct shim_error error;
    struct shim_arena arena;
    struct file file;

    if (!path)
        return out_of_memory();
    if (access(path, R_OK))
        return unreadable(path);
    if (!file_read(path, &file))
        return EXIT_TROUBLE;
    arena = arena_of(32 * file.len + 4096); /* two ranges for a line, which has a byte at least */
    return shim_iomem_read(iomem, file.bytes, file.len, &arena, &error) ? complain(path, &error)
                                                                        : EXIT_SAME;
}

bool live_is_xens(const struct file *file)
{
    struct shim_arena arena = arena_for(file->len);
    struct shim_error error;
    struct shim_tree tree;

    return !shim_tree_check(&tree, file->bytes, file->len, &arena, &error) &&
           shim_made_by_xen(&tree);
}

int live_take(const struct options *options, const struct file *file, struct shim_facts *facts)
{
    static struct shim_job job; /* its memory has what the facts point to */
    struct shim_error error;
    struct shim_iomem iomem = { .ram.capacity = 0 };

    if (!options->live)
        return EXIT_SAME;
    if (live_iomem(options, &iomem))
        return EXIT_TROUBLE;
    if (shim_job_open(&job, file->bytes, file->len, NULL, NULL,
                      arena_of(shim_memory_for(file->len) + 64 * (size_t)iomem.ram.capacity), &error) ||
        shim_live_ram(facts, &job, &iomem, &error))
        return complain(file->name, &error);
    shim_live_clean(&job.tree, file->bytes);
    return EXIT_SAME;
}
