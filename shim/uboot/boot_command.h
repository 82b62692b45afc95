/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_UBOOT_BOOT_COMMAND_H
#define DTSHIM_UBOOT_BOOT_COMMAND_H

/* What was typed behind "dtshim boot"; EXIT_SAME or EXIT_TROUBLE. */
int run_boot(int argc, char *const argv[]);

#endif
