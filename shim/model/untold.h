/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Words of Xen's command line that affect the forecast, but are not in the model. */
#ifndef DTSHIM_MODEL_UNTOLD_H
#define DTSHIM_MODEL_UNTOLD_H

#include "shim/model/sight.h"

/* The i-th of those that the line has; NULL: no more. */
const char *shim_sight_untold(const struct shim_sight *sight, uint32_t i);

/* The first one that may change which memory dom0 has; NULL: none. */
const char *shim_sight_moves_memory(const struct shim_sight *sight);

#endif
