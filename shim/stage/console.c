// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "console.h"

#include <dtshim/address.h>

#include "../lib/mem.h"

enum {
    PL011_DATA = 0x00,
    PL011_FLAGS = 0x18,
    PL011_TX_FULL = 1 << 5,    /* FR.TXFF, ARM DDI 0183 */
    NS16550_DATA = 0,
    NS16550_STATUS = 5,
    NS16550_TX_EMPTY = 1 << 5, /* LSR.THRE */
    PATIENCE = 1 << 20,        /* polls of a UART that does not drain */
};

static bool take_pl011(struct console *console, const struct shim_tree *tree, uint32_t node)
{
    if (!shim_compatible(tree, node, "arm,pl011") && !shim_compatible(tree, node, "arm,sbsa-uart"))
        return false;
    console->kind = CONSOLE_PL011;
    return true;
}

static bool take_ns16550(struct console *console, const struct shim_tree *tree, uint32_t node)
{
    static const char compatibles[] =
        "ns16550\0ns16550a\0snps,dw-apb-uart\0";
    bool known = false;

    for (const char *at = compatibles; *at; at = shim_word(at, 1))
        known = known || shim_compatible(tree, node, at);
    if (!known)
        return false;
    console->kind = CONSOLE_NS16550;
    console->shift = 0;
    console->width = 1;
    shim_cell(shim_prop(tree, node, SHIM_REG_SHIFT), &console->shift);
    shim_cell(shim_prop(tree, node, SHIM_REG_IO_WIDTH), &console->width);
    return console->shift < 8;
}

static uint32_t stdout_node(const struct shim_tree *tree)
{
    uint32_t chosen = shim_child(tree, SHIM_ROOT, "chosen");
    struct shim_span path = { 0 };
    const char *string;

    if (chosen == SHIM_NONE)
        return SHIM_NONE;
    path = shim_prop(tree, chosen, SHIM_STDOUT_PATH);
    if (!path.at)
        path = shim_prop(tree, chosen, SHIM_LINUX_STDOUT_PATH);
    string = shim_string(path);
    return string ? shim_node_by_path(tree, string, strlen(string)) : SHIM_NONE;
}

bool console_find(struct console *console, const struct shim_tree *tree)
{
    uint32_t node = stdout_node(tree);
    struct console found = { CONSOLE_NONE, 0, 0, 0 };
    uint64_t base;

    if (node == SHIM_NONE || !shim_available(tree, node))
        return false;
    if (!shim_device_address(tree, node, &base) || base % 4 || base >> 48)
        return false;
    if (!take_pl011(&found, tree, node) && !take_ns16550(&found, tree, node))
        return false;
    found.base = (uintptr_t)base;
    *console = found;
    return true;
}

static bool pl011_is_full(const struct console *console)
{
    return *(const volatile uint32_t *)(console->base + PL011_FLAGS) & PL011_TX_FULL;
}

static void put_pl011(const struct console *console, char c)
{
    *(volatile uint32_t *)(console->base + PL011_DATA) = (uint8_t)c;
}

static uint32_t ns16550_status(const struct console *console)
{
    uintptr_t at = console->base + ((uintptr_t)NS16550_STATUS << console->shift);

    return console->width == 4 ? *(volatile uint32_t *)at : *(volatile uint8_t *)at;
}

static bool ns16550_is_full(const struct console *console)
{
    return !(ns16550_status(console) & NS16550_TX_EMPTY);
}

static void put_ns16550(const struct console *console, char c)
{
    uintptr_t at = console->base + ((uintptr_t)NS16550_DATA << console->shift);

    if (console->width == 4)
        *(volatile uint32_t *)at = (uint8_t)c;
    else
        *(volatile uint8_t *)at = (uint8_t)c;
}

static bool is_full(const struct console *console)
{
    return console->kind == CONSOLE_PL011 ? pl011_is_full(console) : ns16550_is_full(console);
}

static void put_char(struct console *console, char c)
{
    unsigned polls = 0;

    while (console->kind != CONSOLE_NONE && is_full(console))
        if (++polls == PATIENCE)
            console->kind = CONSOLE_NONE;
    if (console->kind == CONSOLE_PL011)
        put_pl011(console, c);
    else if (console->kind == CONSOLE_NS16550)
        put_ns16550(console, c);
}

void console_put(struct console *console, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put_char(console, '\r');
        put_char(console, *text);
    }
}

static void put_sink(void *self, const char *text)
{
    console_put(self, text);
}

struct shim_sink console_sink(struct console *console)
{
    return (struct shim_sink){ .put = put_sink, .self = console };
}
