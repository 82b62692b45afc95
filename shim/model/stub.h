/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_MODEL_STUB_H
#define DTSHIM_MODEL_STUB_H

#include "shim/model/sight.h"

/* Where the way into Xen ends before Xen is there; what the sight has read does not matter. */
void shim_xen_stub(const struct shim_sight *sight, struct shim_stop *stop);

#endif
