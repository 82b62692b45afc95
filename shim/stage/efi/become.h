/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_STAGE_EFI_BECOME_H
#define DTSHIM_STAGE_EFI_BECOME_H

#include "firmware.h"

/* Ends boot services, and enters the bare stage with a tree made of this one. */
_Noreturn void firmware_become_bare(struct firmware *firmware, const struct shim_tree *tree);

#endif
