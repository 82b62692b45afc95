/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of prepare.h know of each other. */
#ifndef DTSHIM_STAGE_EFI_PREPARED_H
#define DTSHIM_STAGE_EFI_PREPARED_H

#include "shim/fdt/tree.h"

/* The next module right in /chosen that does not say its kind; SHIM_NONE: no more. */
uint32_t prepare_next_bare(const struct shim_tree *tree, uint32_t node);

#endif
