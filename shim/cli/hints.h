/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_HINTS_H
#define DTSHIM_CLI_HINTS_H

/* Of each enum shim_unknown what would tell it, packed. */
extern const char forecast_hints[];

#endif
