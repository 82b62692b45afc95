/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Bytes with their bounds. */
#ifndef DTSHIM_SPAN_H
#define DTSHIM_SPAN_H

#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes: `at` is NULL when the thing looked for does not exist. */
struct shim_span {
    const uint8_t *at;
    size_t len;
};

#endif
