# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""A C library that fails, or is disturbed, where a test wants it: loaded before the real one."""
import os
import subprocess

HEAD = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
/* That it was there: a fault that nobody meets proves nothing. */
static void met(void) { int fd = open(getenv("FAULT_MET"), O_CREAT | O_WRONLY | O_APPEND, 0666);
                        if (fd >= 0 && write(fd, "x", 1) == 1) close(fd); }
"""

FAULTS = {
    # The file system has the new file, and does not take it for its name; the name begins with $AT.
    "rename": """int rename(const char *from, const char *to) {
        const char *base = strrchr(to, '/') ? strrchr(to, '/') + 1 : to;
        if (!strncmp(base, getenv("AT"), strlen(getenv("AT"))) && !strstr(from, ".old"))
            { met(); errno = EIO; return -1; }
        return REAL(rename)(from, to); }""",
    # A file system that has no hard links.
    "link": "int link(const char *from, const char *to) { met(); errno = EPERM; return -1; }",
    # A signal comes when a file is written and not yet in its place.
    "signal": """int fsync(int fd) { met(); kill(getpid(), atoi(getenv("SIGNAL"))); return REAL(fsync)(fd); }""",
    # The disk is full, as of the end of a file.
    "full": "int fsync(int fd) { met(); errno = ENOSPC; return -1; }",
    # No process more than $MOST at once.
    "fork": """static int there; static pid_t (*wait_for)(pid_t, int *, int);
        pid_t fork(void) { if (there >= atoi(getenv("MOST"))) { met(); errno = EAGAIN; return -1; }
                           there++; return REAL(fork)(); }
        pid_t waitpid(pid_t pid, int *status, int options) {
            pid_t found; wait_for = REAL(waitpid); found = wait_for(pid, status, options);
            if (found > 0) there--;
            return found; }""",
}


class Faults:
    """The environment of a process with these faults, and how often they were met."""

    def __init__(self, folder, names, **settings):
        source, self.library, self.log = (folder / f"faults.{end}" for end in ("c", "so", "met"))
        source.write_text(HEAD + "\n".join(FAULTS[name] for name in names))
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", source, "-o", self.library, "-ldl"], check=True)
        self.log.write_text("")
        self.environment = {**os.environ, "LD_PRELOAD": str(self.library), "FAULT_MET": str(self.log),
                            # The sanitizers' own library wants to be the first.
                            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
                            **{name.upper(): str(value) for name, value in settings.items()}}

    def met(self):
        return len(self.log.read_text())
