/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Text for whatever takes it. */
#ifndef DTSHIM_BASE_SINK_H
#define DTSHIM_BASE_SINK_H

#include <dtshim/sink.h>

/* A format of text.h; what is longer than 639 characters is cut. */
__attribute__((format(printf, 2, 3)))
void shim_print(const struct shim_sink *sink, const char *format, ...);

/* A string of any length, as it is. */
void shim_print_string(const struct shim_sink *sink, const char *string);

#endif
