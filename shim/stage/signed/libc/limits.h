/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Numbers that Mbed TLS compares with; the compiler knows them. */
#define CHAR_BIT __CHAR_BIT__
#define INT_MAX  __INT_MAX__
#define UINT_MAX (2u * INT_MAX + 1)
