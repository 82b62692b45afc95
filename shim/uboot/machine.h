/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The machine that U-Boot was built for, one of machine/: for the commands, in words of
 * neither, as uboot.h.
 */
#ifndef DTSHIM_UBOOT_MACHINE_H
#define DTSHIM_UBOOT_MACHINE_H

#include <stdbool.h>

struct uboot_machine {
    unsigned bits;             /* of what it starts: 64, an arm64 Image; 32, an arm32 zImage; 0: either */
    unsigned long long reach;  /* where what U-Boot can write ends; 0: nowhere */
    const char *image_command; /* that boots what has no header of U-Boot's */
    const char *other_image;   /* of as many bits as it does not start: what is wrong, */
    const char *other_remedy;  /* and what to do */
    const char *wrong_level;   /* U-Boot starts an OS where no hypervisor can run */
    const char *level_remedy;
    const char *no_native;     /* why nothing starts under contract native; NULL: it does */
};

extern const struct uboot_machine uboot_machine;

/* Of the CPU: its address bits (0: not known), and whether U-Boot starts an OS at EL2. */
unsigned uboot_address_bits(void);
bool uboot_starts_at_el2(void);

/* A device's register; false where U-Boot has nothing mapped. */
bool uboot_read32(unsigned long long address, unsigned *value);

#endif
