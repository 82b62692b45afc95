// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _XOPEN_SOURCE 700
#include "colour.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wanted;

void colour_ready(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    wanted = isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/* A report comes word by word. Bold and yellow can be read on light and on dark. */
void colour_put(const char *text)
{
    if (wanted && !strcmp(text, "WARN"))
        printf("\033[1;33m%s\033[0m", text);
    else
        fputs(text, stdout);
}
