/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Property names that only Xen has a meaning for. */
#ifndef DTSHIM_XEN_NAMES_H
#define DTSHIM_XEN_NAMES_H

#include "shim/fdt/tree.h"

#endif
