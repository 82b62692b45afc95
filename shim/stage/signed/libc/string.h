/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What Mbed TLS gets of a C library. */
#include "shim/base/mem.h"
