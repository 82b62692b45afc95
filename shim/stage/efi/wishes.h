/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the user wants started, as he has written it down. */
#ifndef DTSHIM_STAGE_EFI_WISHES_H
#define DTSHIM_STAGE_EFI_WISHES_H

#include <stdbool.h>
#include <stddef.h>

/* Files, and command lines. */
enum wish {
    WISH_XEN, WISH_KERNEL, WISH_RAMDISK, WISH_XSM, WISH_TREE, WISH_CONFIGURATION, WISH_XEN_LINE,
    WISH_DOM0_LINE, WISHES,
};

/* Strings live in what was read. NULL: not given. */
struct wishes {
    const char *of[WISHES];
};

/* options.c: the load options, whose letters are changed. */
void wishes_of_options(struct wishes *wishes, char *line);

/*
 * configuration.c: a file of `len` bytes as xen.cfg (docs/misc/efi.pandoc of Xen), whose letters
 * are changed; what is given already stays. Returns what is wrong with it, or NULL.
 */
const char *wishes_of_configuration(struct wishes *wishes, char *text, size_t len);

#endif
