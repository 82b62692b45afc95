/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The only functions of a C library that the core relies on. */
#ifndef DTSHIM_BASE_MEM_H
#define DTSHIM_BASE_MEM_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *at, int byte, size_t len);
size_t strlen(const char *string);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);

#endif
