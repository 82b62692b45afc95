// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "trouble.h"

#include <stdio.h>

#include "array.h"
#include "cli.h"
#include "colour.h"
#include "shim/job/report.h"

static void put_stdout(void *self, const char *text)
{
    (void)self;
    colour_put(text);
}

static void put_stderr(void *self, const char *text)
{
    (void)self;
    fputs(text, stderr);
}

const struct shim_sink to_stdout = { .put = put_stdout };
const struct shim_sink to_stderr = { .put = put_stderr };

/* This tool can merge an overlay itself. */
static const char *remedy_here(const struct shim_error *error)
{
    return error->code == SHIM_E_OVERLAY ? "give the board's tree, and this one with --overlay; or "
                                           "merge them first: fdtoverlay -i board.dtb -o "
                                           "merged.dtb overlay.dtbo"
                                         : error->remedy;
}

int complain(const char *file, const struct shim_error *error)
{
    struct shim_error here = *error;

    here.remedy = remedy_here(error);
    fprintf(stderr, "dtshim: %s: ", file);
    shim_report_error(&to_stderr, "", &here);
    array_error(file, shim_code_name(error->code), &here);
    return EXIT_TROUBLE;
}

int complain_about(const char *file, const char *code, const char *what, const char *remedy)
{
    struct shim_error error = { .remedy = remedy };

    snprintf(error.what, sizeof(error.what), "%s", what);
    fprintf(stderr, "dtshim: %s: %s\n  what to do: %s\n", file, what, remedy);
    array_error(file, code, &error);
    return EXIT_TROUBLE;
}

int flushed(int result)
{
    if (!fflush(stdout) && !ferror(stdout))
        return result;
    fputs("dtshim: cannot write to standard output\n", stderr);
    return EXIT_TROUBLE;
}
