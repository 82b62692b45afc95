/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_FDT_DIFF_VALUES_H
#define DTSHIM_FDT_DIFF_VALUES_H

#include "shim/base/sink.h"
#include "shim/fdt/diff_pairs.h"

/*
 * " = <...>" with the cells that are in force at this node, and the nodes that it refers to;
 * nothing for an empty value.
 */
void shim_print_value(const struct shim_sink *sink, const struct shim_side *side, uint32_t node,
                      const char *name, struct shim_span value);

#endif
