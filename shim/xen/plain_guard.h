/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The guard of a hypervisor that takes the tree as it comes: contracts native and none. */
#ifndef DTSHIM_XEN_PLAIN_GUARD_H
#define DTSHIM_XEN_PLAIN_GUARD_H

#include "shim/board/board.h"

/* It drives the IOMMUs that the policy names, and reads everything in their bindings. */
extern const struct shim_guard shim_plain_guard;

#endif
