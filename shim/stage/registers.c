// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "registers.h"

uint32_t register_read(uintptr_t at, enum register_access access)
{
    switch (access) {
    case BYTES:
        return *(const volatile uint8_t *)at;
    case HALVES:
        return *(const volatile uint16_t *)at;
    case WORDS:
        return *(const volatile uint32_t *)at;
    default:
        return __builtin_bswap32(*(const volatile uint32_t *)at);
    }
}

void register_write(uintptr_t at, enum register_access access, uint32_t value)
{
    switch (access) {
    case BYTES:
        *(volatile uint8_t *)at = (uint8_t)value;
        break;
    case HALVES:
        *(volatile uint16_t *)at = (uint16_t)value;
        break;
    case WORDS:
        *(volatile uint32_t *)at = value;
        break;
    default:
        *(volatile uint32_t *)at = __builtin_bswap32(value);
    }
}
