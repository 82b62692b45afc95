/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* check: which traps does a tree show? The rows are those of shim/xen/traps.h. */
#ifndef DTSHIM_XEN_CHECK_H
#define DTSHIM_XEN_CHECK_H

#include "shim/xen/traps.h"

void shim_check_all(struct shim_check *check);

#endif
