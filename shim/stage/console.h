/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A UART that the previous stage has set up; only its transmit side is used. */
#ifndef DTSHIM_STAGE_CONSOLE_H
#define DTSHIM_STAGE_CONSOLE_H

#include "shim/base/range.h"

#include "shim/job/report.h"
#include "uart.h"

struct console {
    const struct uart_step *steps; /* what one letter takes; NULL: there is no console */
    uintptr_t base;
    uint8_t shift;
    uint8_t access; /* enum register_access */
};

/*
 * The UART that /chosen/stdout-path names, or linux,stdout-path. False when it names none
 * that is known here and not disabled; `console` is then unchanged.
 */
bool console_find(struct console *console, const struct shim_tree *tree);

/*
 * A UART that no tree names. `shift` and `width` are what reg-shift and reg-io-width would
 * say; -1: they are not there. False as above.
 */
bool console_at(struct console *console, const char *compatible, uint64_t base, int shift,
                int width);

/* All that is read and written of it; size 0: there is no console. */
struct shim_range console_registers(const struct console *console);

/* A UART that does not drain is given up: then there is no console. */
void console_put(struct console *console, const char *text);

/* `console` must outlive the sink. */
struct shim_sink console_sink(struct console *console);

#endif
