/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Facts about a boot in its log. */
#ifndef DTSHIM_XEN_EXPLAIN_FACTS_H
#define DTSHIM_XEN_EXPLAIN_FACTS_H

#include "shim/xen/explain/explain.h"
#include "shim/xen/explain/lines.h"

void shim_log_take_fact(struct shim_log *log, enum shim_log_fact fact,
                        const struct shim_log_piece *piece, const struct shim_taken *taken);

/* An error of dtshim's, "dtshim: WHERE: WORDS [CODE]", and its remedy in the line after it. */
void shim_log_take_error(struct shim_log *log, const struct shim_log_piece *piece);

#endif
