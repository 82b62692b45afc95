/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the tool has to say, and where to. */
#ifndef DTSHIM_CLI_TROUBLE_H
#define DTSHIM_CLI_TROUBLE_H

#include <dtshim/error.h>

#include "shim/base/sink.h"

/* Sinks on stdio. */
extern const struct shim_sink to_stdout;
extern const struct shim_sink to_stderr;

/* "dtshim: <file>: ..." and the remedy, on standard error; returns EXIT_TROUBLE. */
int complain(const char *file, const struct shim_error *error);

/* The same for what the library knows nothing of; `code` is for programs. */
int complain_about(const char *file, const char *code, const char *what, const char *remedy);

/* Writes out what is buffered; what cannot be written is trouble. */
int flushed(int result);

#endif
