/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The heap that the library's configuration names. */
#ifndef DTSHIM_STAGE_SIGNED_HEAP_H
#define DTSHIM_STAGE_SIGNED_HEAP_H

#include <stddef.h>

void *crypto_calloc(size_t count, size_t size);
void crypto_free(void *at);

#endif
