// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Options that tell what a forecast has to do without. */
#include "hints.h"

const char forecast_hints[] =
    " (--xen-at, or a dtshim,hypervisor node in /chosen)\0"
    " (--tree-at)\0"
    " (--kernel FILE, --kernel-at and so on)\0"
    " (--kernel FILE)\0"
    " (--ram BASE:SIZE if the tree has none; dtshim forecast at U-Boot's prompt knows more)\0"
    " (--efi-map FILE, with the output of the UEFI shell's memmap)\0"
    " (the tree that GRUB passes on has the modules)\0";
