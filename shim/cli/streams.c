// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _XOPEN_SOURCE 700
#include "streams.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

/* Open for what it is not used for. */
static const int wrong_ways[] = {
    [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY,
};

void streams_ready(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong_ways[fd]) != fd)
            exit(EXIT_TROUBLE);
    signal(SIGXFSZ, SIG_IGN);
}
