/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Mbed TLS asserts only what the compiler can. */
#define static_assert _Static_assert
