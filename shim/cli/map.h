/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_MAP_H
#define DTSHIM_CLI_MAP_H

#include "shim/job/job.h"

/* Of a plan that was made; false: no memory. */
bool map_print(const struct shim_job *job);

#endif
