/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* As much of a C library as the tool's diff uses, on U-Boot's console. */
#ifndef DTSHIM_UBOOT_STDIO_H
#define DTSHIM_UBOOT_STDIO_H

__attribute__((format(printf, 1, 2)))
int printf(const char *format, ...); /* U-Boot's */
void putc(const char c);             /* U-Boot's */

#define putchar(c)        putc(c)
/* U-Boot's puts() ends no line, and its fputs() has the arguments the other way round. */
#define puts(text)        ((void)printf("%s\n", text))
#define fputs(text, file) ((void)printf("%s", text))

#endif
