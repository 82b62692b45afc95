// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/base/sink.h"

#include "shim/base/text.h"

enum { LINE = 640 };

void shim_print(const struct shim_sink *sink, const char *format, ...)
{
    char line[LINE];
    struct shim_text text = shim_text(line, sizeof(line));
    va_list args;

    va_start(args, format);
    shim_text_format(&text, format, args);
    va_end(args);
    sink->put(sink->self, line);
}

void shim_print_string(const struct shim_sink *sink, const char *string)
{
    sink->put(sink->self, string);
}
