/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* check: which traps does a tree have? The rows are those of shim/xen/traps.h. */
#ifndef DTSHIM_XEN_CHECK_H
#define DTSHIM_XEN_CHECK_H

#include "shim/xen/traps.h"

/* Errors: SHIM_E_MEMORY; what was reported until then holds, and more may be wrong. */
enum shim_code shim_check_all(struct shim_check *check, struct shim_error *error);

#endif
