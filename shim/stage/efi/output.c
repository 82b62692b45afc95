// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Words on the firmware's console, while it has one. */
#include "firmware.h"

enum { CHUNK = 64 };

/* A name in a tree or a file may have what commands a terminal. */
static bool is_printed(char letter)
{
    return letter >= ' ' && letter <= '~';
}

static void put(void *self, const char *text)
{
    struct efi_text_output *out = ((struct firmware *)self)->system->out;
    uint16_t letters[CHUNK + 3];

    while (out && *text) {
        unsigned count = 0;

        for (; *text && count < CHUNK; text++) {
            if (*text == '\n')
                letters[count++] = '\r';
            letters[count++] = *text == '\n' || is_printed(*text) ? (uint8_t)*text : '?';
        }
        letters[count] = 0;
        out->output_string(out, letters);
    }
}

struct shim_sink firmware_sink(struct firmware *firmware)
{
    return (struct shim_sink){ .put = put, .self = firmware };
}
