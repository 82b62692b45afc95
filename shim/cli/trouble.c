// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "trouble.h"

#include <stdio.h>

#include "array.h"
#include "cli.h"
#include "shim/job/report.h"

static void put_stdout(void *self, const char *text)
{
    (void)self;
    fputs(text, stdout);
}

static void put_stderr(void *self, const char *text)
{
    (void)self;
    fputs(text, stderr);
}

const struct shim_sink to_stdout = { .put = put_stdout };
const struct shim_sink to_stderr = { .put = put_stderr };

int complain(const char *file, const struct shim_error *error)
{
    fprintf(stderr, "dtshim: %s: ", file);
    shim_report_error(&to_stderr, "", error);
    array_error(file, shim_code_name(error->code), error);
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
