/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A UART that the previous stage has set up; only its transmit side is used. */
#ifndef DTSHIM_STAGE_CONSOLE_H
#define DTSHIM_STAGE_CONSOLE_H

#include <dtshim/report.h>

enum console_kind { CONSOLE_NONE, CONSOLE_PL011, CONSOLE_NS16550 };

struct console {
    enum console_kind kind;
    uintptr_t base;
    uint32_t shift; /* ns16550: registers are 2^shift bytes apart */
    uint32_t width; /* ns16550: bytes of an access, 1 or 4 */
};

/*
 * The UART that /chosen/stdout-path names. False when it names none that is
 * known here and not disabled; `console` is then unchanged.
 */
bool console_find(struct console *console, const struct shim_tree *tree);

/* A UART that does not drain is given up: its kind becomes CONSOLE_NONE. */
void console_put(struct console *console, const char *text);

/* `console` must outlive the sink. */
struct shim_sink console_sink(struct console *console);

#endif
