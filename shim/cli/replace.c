// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* New files in the place of old ones, or of none: all of them, or none. */
#define _GNU_SOURCE /* mkostemps() */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "trouble.h"

/* ---- one file -------------------------------------------------------- */

/* All names that it has on the way. */
struct place {
    const struct output *output;
    char *path;  /* links are followed: a link keeps pointing where it did */
    char *fresh; /* the temporary file; NULL: not there */
    char *old;   /* where the file before it is kept; NULL: there was none, or it is not kept */
};

static const char pattern[] = "dtshim-XXXXXX.part";
enum { SUFFIX = sizeof(".part") - 1 };

/* Else a link whose target is not there would be replaced. */
static bool leads_nowhere(const char *path)
{
    struct stat link;

    return lstat(path, &link) == 0 && S_ISLNK(link.st_mode) &&
           complain_about(path, "file", "is a symbolic link to a file that does not exist",
                           "give the file to write, or remove the link");
}

static bool is_no_file(const char *path, const struct stat *there)
{
    if (S_ISDIR(there->st_mode)) {
        errno = EISDIR;
        return !file_failed("write", path);
    }
    return !S_ISREG(there->st_mode) &&
           complain_about(path, "file", "is a device or a pipe; only a single output may be one",
                           "give a file");
}

static bool find_place(struct place *place)
{
    const char *path = place->output->path;
    struct stat there;

    if (stat(path, &there) == 0) {
        if (is_no_file(path, &there))
            return false;
        place->path = realpath(path, NULL);
    } else if (errno == ENOENT) {
        if (leads_nowhere(path))
            return false;
        place->path = strdup(path);
    }
    if (!place->path)
        file_failed("write", path);
    return place->path;
}

/* Beside it, so that a rename will do; its name says whose it is, however long the other is. */
static char *beside(const char *path)
{
    size_t folder = (size_t)(file_base(path) - path);
    char *name = malloc(folder + sizeof(pattern));

    if (!name)
        return NULL;
    memcpy(name, path, folder);
    memcpy(name + folder, pattern, sizeof(pattern));
    return name;
}

/* The mode of the file that is replaced, or what creating a new one would give. */
static mode_t mode_for(const char *path)
{
    struct stat old;
    mode_t mask = umask(0);

    umask(mask);
    return stat(path, &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask;
}

static bool write_fresh(struct place *place)
{
    char *name = beside(place->path);
    int fd = name ? mkostemps(name, SUFFIX, O_CLOEXEC) : -1;
    bool good;

    if (fd < 0) {
        free(name);
        return false;
    }
    place->fresh = name;
    good = write_all(fd, place->output->bytes, place->output->len) &&
           fchmod(fd, mode_for(place->path)) == 0 && fsync(fd) == 0;
    return close_good(fd, good);
}

static bool prepare(struct place *place)
{
    if (!find_place(place))
        return false;
    if (write_fresh(place))
        return true;
    file_failed("write", place->output->path);
    return false;
}

/* ---- all of them ------------------------------------------------------------------------- */

/* A second name for what is there, or, where the file system has no such, another one. */
static bool keep_old(struct place *place)
{
    size_t stem = strlen(place->fresh) - SUFFIX;
    char *name = malloc(stem + sizeof(".old"));

    if (!name)
        return false;
    memcpy(name, place->fresh, stem);
    memcpy(name + stem, ".old", sizeof(".old"));
    if (link(place->path, name) == 0 || (errno != ENOENT && rename(place->path, name) == 0))
        place->old = name;
    else
        free(name);
    return place->old || errno == ENOENT;
}

/* As it was before. A rename of one of two names of a file to the other leaves both. */
static void put_back(struct place *place)
{
    if (!place->old)
        unlink(place->path);
    else if (rename(place->old, place->path))
        file_failed("put back the old file, which has this name", place->old);
    else
        unlink(place->old);
}

static bool replace(struct place *place)
{
    if (rename(place->fresh, place->path))
        return false;
    free(place->fresh);
    place->fresh = NULL;
    return true;
}

/* The last one needs no way back: when it is in its place, all are. */
static bool replace_all(struct place *places, unsigned count)
{
    unsigned done = 0;

    while (done < count && (done + 1 == count || keep_old(&places[done])) && replace(&places[done]))
        done++;
    if (done == count)
        return true;
    file_failed("write", places[done].output->path);
    if (places[done].old)
        put_back(&places[done]);
    while (done--)
        put_back(&places[done]);
    return false;
}

static void drop(char *name)
{
    if (name)
        unlink(name);
    free(name);
}

static bool are_apart(const struct place *places, unsigned count)
{
    return count < 2 || strcmp(places[0].path, places[1].path) != 0 ||
           !complain_about(places[0].output->path, "file", "is the same file as the other output",
                           "give two files: one is a link to the other");
}

static bool write_places(struct place *places, unsigned count)
{
    bool good = true;

    for (unsigned i = 0; good && i < count; i++)
        good = prepare(&places[i]);
    good = good && are_apart(places, count) && replace_all(places, count);
    for (unsigned i = 0; i < count; i++) {
        drop(places[i].fresh);
        if (good)
            drop(places[i].old);
        else
            free(places[i].old);
        free(places[i].path);
    }
    return good;
}

bool files_replace(const struct output *outputs, unsigned count)
{
    struct place places[OUTPUTS_MAX] = { { .output = NULL } };
    sigset_t all, before;
    bool good;

    for (unsigned i = 0; i < count; i++)
        places[i].output = &outputs[i];
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    good = write_places(places, count);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return good;
}
