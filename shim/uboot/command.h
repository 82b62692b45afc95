/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_UBOOT_COMMAND_H
#define DTSHIM_UBOOT_COMMAND_H

/* What was typed behind "dtshim": 0, 1 different, 2 trouble, or -1: usage. */
int dtshim_command(int argc, char *const argv[]);

#endif
