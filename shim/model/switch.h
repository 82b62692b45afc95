/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Switches on Xen's own command line. */
#ifndef DTSHIM_MODEL_SWITCH_H
#define DTSHIM_MODEL_SWITCH_H

#include "shim/fdt/tree.h"

/*
 * The last setting of a switch in the line, as "name", "no-name" or "name=" with a word for yes
 * or no: 1 or 0; -1: none (cmdline_parse(), parse_bool() of common/kernel.c, 4.17 to 4.22).
 */
int shim_line_switch(const char *line, const char *name);

/* Memory is handed out by cache colour (llc_coloring_init(), 4.20 to 4.22). */
bool shim_line_colors(const char *line);

#endif
