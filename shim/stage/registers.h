/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One access to one register of a device, as wide as the device wants it. */
#ifndef DTSHIM_STAGE_REGISTERS_H
#define DTSHIM_STAGE_REGISTERS_H

#include <stdint.h>

enum register_access { BYTES = 1, HALVES = 2, WORDS = 4, WORDS_BIG_ENDIAN = 5 };

/* `at` is aligned to the access. */
uint32_t register_read(uintptr_t at, enum register_access access);
void register_write(uintptr_t at, enum register_access access, uint32_t value);

#endif
