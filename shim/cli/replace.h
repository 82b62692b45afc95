/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_REPLACE_H
#define DTSHIM_CLI_REPLACE_H

#include "output.h"

/* outputs_write() of what are files, or will be. */
bool files_replace(const struct output *outputs, unsigned count);

#endif
