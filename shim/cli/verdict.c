// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "verdict.h"

#include <stdio.h>
#include <string.h>

#include "shim/job/verdict.h"
#include "trouble.h"

bool tells_verdict(const struct options *options)
{
    return !options->json && !options->load_addresses &&
           !(options->output && !strcmp(options->output, "-"));
}

void name_verdict(const struct options *options, const char *name, bool page)
{
    if (options->file_count > 1 && !page)
        printf("%s: ", name);
}

void tell_outcome(const struct options *options, const char *name, const struct shim_job *job,
                  bool page)
{
    if (!tells_verdict(options))
        return;
    name_verdict(options, name, page);
    shim_report_outcome(&to_stdout, job);
}

int refuse(const struct options *options, const char *name, const char *what,
           const struct shim_error *error)
{
    bool tells = tells_verdict(options);

    if (!options->quiet || !tells)
        complain(name, error);
    if (!tells)
        return EXIT_TROUBLE;
    name_verdict(options, name, false);
    shim_report_refusal(&to_stdout, what, error);
    return EXIT_TROUBLE;
}
