/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Yes and no on Xen's command line (parse_bool()), and numbers (simple_strtoull()). */
#ifndef DTSHIM_MODEL_WORDS_H
#define DTSHIM_MODEL_WORDS_H

#include <dtshim/span.h>
#include <stdbool.h>
#include <stdint.h>

bool shim_word_is_no(struct shim_span word);
bool shim_word_is_yes(struct shim_span word);

/* A number in C's formats; it may wrap. `*at` moves past it. */
uint64_t shim_word_number(const char **at, const char *end);

#endif
