/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* /proc/iomem of a running Linux: where it says RAM is. */
#ifndef DTSHIM_JOB_IOMEM_H
#define DTSHIM_JOB_IOMEM_H

#include <dtshim/error.h>

#include "shim/base/range.h"

struct shim_iomem {
    struct shim_ranges ram;  /* "System RAM", with all that is carved out of it */
    struct shim_ranges kept; /* "reserved" beside it: RAM that Linux does not map (no-map) */
};

/*
 * Reads the file's bytes, whatever they are: a line that is no range is passed over.
 * Errors: SHIM_E_NO_RAM when there is no System RAM in it, as for who is not root;
 * SHIM_E_MEMORY.
 */
enum shim_code shim_iomem_read(struct shim_iomem *iomem, const char *text, size_t len,
                               struct shim_arena *arena, struct shim_error *error);

#endif
