// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Commands whose work other tools do: a program of its own, which asks this one. */
#define _XOPEN_SOURCE 700

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beside.h"
#include "cli.h"

const struct beside programs_beside[PROGRAMS_BESIDE] = {
    { "image", "--board NAME -o IMAGE",
      "make an SD card image for a board; dtshim image --help lists its options",
      { "the image was made", "it was not made", "wrong options" } },
    { "report", "[policy] FILE -o PAGE.html",
      "make a page with pictures of a board: memory map, devices, forecasts",
      { "dom0 will start", "no plan, or Xen stops", "no page" } },
};

/* Those of the programs, for who gives one to a command here. */
static const char *const options[] = {
    "board", "flash", "policy", "debian", "fresh", "xen-line", "dom0-line",
    "imagebuilder", "bring", "no-firmware", "non-free", "rootfs", "root-size", "boot-size", "sbom", "uefi", "loader",
};

bool is_option_beside(const char *argument)
{
    size_t len = strncmp(argument, "--", 2) == 0 ? strcspn(argument, "=") : 0;

    for (unsigned i = 0; len && i < sizeof(options) / sizeof(options[0]); i++)
        if (strlen(options[i]) == len - 2 && !strncmp(options[i], argument + 2, len - 2))
            return true;
    return false;
}

/* Of each program's folder, seen from that of this one: in a checkout, and where it is installed. */
static const char *const places[] = { "", "../lib/dtshim/" };

/* Where this program is; 0 if the kernel does not say. */
static size_t own_path(char *path, size_t room)
{
    ssize_t size = readlink("/proc/self/exe", path, room - 1);

    if (size <= 0)
        return 0;
    path[size] = '\0';
    return (size_t)(strrchr(path, '/') - path);
}

/* Comes back where it cannot be run from there. */
static void try_place(const char *own, size_t folder, const char *place, const char *name,
                      char **arguments)
{
    char path[2 * PATH_MAX];
    int size = snprintf(path, sizeof(path), "%.*s/%s%s/dtshim-%s", (int)folder, own, place, name, name);

    if (size < 0 || (size_t)size >= sizeof(path) || access(path, X_OK))
        return;
    setenv("DTSHIM_TOOL", own, 1);
    arguments[0] = path;
    execv(path, arguments);
}

void run_beside(const char *name, char **arguments)
{
    char own[PATH_MAX];
    size_t folder = own_path(own, sizeof(own));

    for (unsigned i = 0; i < PROGRAMS_BESIDE; i++) {
        if (strcmp(programs_beside[i].name, name) != 0)
            continue;
        for (unsigned j = 0; folder && j < sizeof(places) / sizeof(places[0]); j++)
            try_place(own, folder, places[j], name, arguments);
        fprintf(stderr, "dtshim: the program dtshim-%s is missing\n"
                "  what to do: install all of dtshim (make install), and Debian's python3\n", name);
        exit(EXIT_TROUBLE);
    }
}
