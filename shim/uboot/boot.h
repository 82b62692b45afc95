/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_UBOOT_BOOT_H
#define DTSHIM_UBOOT_BOOT_H

#include <stdbool.h>

/* The tree of an OS boot, as the OS would get it. False: the boot must not go on. */
bool dtshim_final_tree(void *tree);

#endif
