// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "shim/model/stop.h"

void shim_stop(struct shim_stop *stop, const char *id, uint32_t node, const char *why,
               const char *remedy, const char *words, ...)
{
    struct shim_text text;
    va_list args;

    if (shim_stops(stop))
        return;
    *stop = (struct shim_stop){ .id = id, .why = why, .remedy = remedy, .node = node };
    stop->silent = !*words;
    text = shim_text(stop->words, sizeof(stop->words));
    va_start(args, words);
    shim_text_format(&text, words, args);
    va_end(args);
}
