/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Yes and no on Xen's command line (parse_bool()). */
#ifndef DTSHIM_MODEL_WORDS_H
#define DTSHIM_MODEL_WORDS_H

#include <dtshim/span.h>
#include <stdbool.h>

bool shim_word_is_no(struct shim_span word);
bool shim_word_is_yes(struct shim_span word);

#endif
