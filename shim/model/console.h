/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The UART that Xen uses for its console (dt_uart_init(), 4.17 to 4.22). */
#ifndef DTSHIM_MODEL_CONSOLE_H
#define DTSHIM_MODEL_CONSOLE_H

#include "shim/model/sight.h"

/* The node by dtuart= or stdout-path if this release has a driver for it, or SHIM_NONE. */
uint32_t shim_xen_console(const struct shim_sight *sight);

#endif
