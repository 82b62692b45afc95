// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What dtshim would do to a board, and why: cc plan.c $(pkg-config --cflags --libs dtshim) */
#include <dtshim.h>
#include <stdio.h>
#include <stdlib.h>

static void put(void *self, const char *text)
{
    fputs(text, self);
}

int main(int argc, char **argv)
{
    static _Alignas(8) unsigned char blob[4 << 20];
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t len = file ? fread(blob, 1, sizeof(blob), file) : 0;
    size_t room = dtshim_memory_for(len);
    struct shim_sink out = { put, stdout }, err = { put, stderr };
    struct shim_error error;
    struct shim_job *job;

    if (dtshim_open(&job, malloc(room), room, blob, len, NULL, NULL, &error) ||
        dtshim_plan(job, &error)) {
        dtshim_report_error(&error, "plan: ", &err);
        return 1;
    }
    dtshim_report(job, &out);
    return 0;
}
