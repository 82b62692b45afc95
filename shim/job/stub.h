/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_JOB_STUB_H
#define DTSHIM_JOB_STUB_H

#include "shim/fdt/edits.h"

/* What Xen's UEFI stub writes into /chosen, which it makes if there is none. */
void shim_write_stub(struct shim_edits *edits, const struct shim_tree *tree);

#endif
