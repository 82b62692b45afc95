/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the command has to say, and where to. */
#ifndef DTSHIM_UBOOT_TROUBLE_H
#define DTSHIM_UBOOT_TROUBLE_H

#include <dtshim/error.h>

#include "shim/base/sink.h"

/* As of the host tool: nothing to report, something to report, trouble. */
enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

extern const struct shim_sink to_console;

/* "dtshim: <name>: ..." and the remedy; returns EXIT_TROUBLE. */
int refuse(const char *name, const struct shim_error *error);

/* The same for what the library knows nothing of; `code` is for programs. */
int refuse_about(const char *name, const char *code, const char *what, const char *remedy);

/* "not enough memory", about `name`; EXIT_TROUBLE. */
int out_of_memory(const char *name);

#endif
