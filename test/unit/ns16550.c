// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The ns16550 driver against registers in memory: no emulated arm64 board has
 * such a UART. Takes a tree, prints where it found the UART, which bytes it
 * wrote where, and what it is after it took none. usage: ns16550 TREE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/stage/console.h"

int main(int argc, char **argv)
{
    static uint8_t registers[4096] __attribute__((aligned(8)));
    static uint64_t blob[8192];
    static uint64_t memory[8192];
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    struct shim_arena arena = shim_arena(memory, sizeof(memory));
    struct console console = { CONSOLE_NONE, 0, 0, 0 };
    struct shim_error error;
    struct shim_tree tree;
    size_t len;

    if (!file)
        return 2;
    len = fread(blob, 1, sizeof(blob), file);
    fclose(file);
    if (shim_tree_check(&tree, blob, len, &arena, &error))
        return 2;
    if (!console_find(&console, &tree)) {
        puts("none");
        return 0;
    }
    printf("kind %d base 0x%lx shift %u width %u\n", console.kind, (unsigned long)console.base,
           console.shift, console.width);
    memset(registers, 0xff, sizeof(registers)); /* always ready to send */
    console.base = (uintptr_t)registers;
    if (console.kind == CONSOLE_NS16550)
        console_put(&console, "A");
    printf("at 0: %02x %02x %02x %02x\n", registers[0], registers[1], registers[2], registers[3]);
    memset(registers, 0, sizeof(registers)); /* never ready */
    console_put(&console, "A");
    printf("kind %d\n", console.kind);
    return 0;
}
