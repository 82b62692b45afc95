/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Mbed TLS includes it, and gets its heap from its configuration. */
#include <stddef.h>
