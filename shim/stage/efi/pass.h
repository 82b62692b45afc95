/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_STAGE_EFI_PASS_H
#define DTSHIM_STAGE_EFI_PASS_H

#include "firmware.h"

/*
 * Where the tree's on-error is pass-through: starts Xen's own EFI image with everything as it came,
 * which the firmware verifies where Secure Boot is on. Returns if that fails, with words.
 */
void firmware_pass_through(struct firmware *firmware);

#endif
