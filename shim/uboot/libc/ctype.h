/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_UBOOT_CTYPE_H
#define DTSHIM_UBOOT_CTYPE_H

/* Of ASCII, as in the C locale. */
static inline int isprint(int c)
{
    return c >= ' ' && c <= '~';
}

#endif
