// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What Debian's shim (the loader that Secure Boot starts first) reads to find out whether a
 * signed image has been revoked: a component's generation counts the mends of its security
 * (rhboot/shim, SBAT.md).
 */
#include <dtshim/version.h>

#define SBAT \
    "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n" \
    "dtshim,1,dtshim,dtshim," SHIM_VERSION ",SECURITY.md\n"

/* Without a NUL. */
__attribute__((section(".sbat"), used))
const char stage_sbat_text[sizeof(SBAT) - 1] = SBAT;
