// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "console.h"

#include "arch.h"
#include "shim/base/mem.h"
#include "shim/fdt/address.h"

enum {
    PATIENCE = 1 << 20, /* polls of a UART that does not drain */
    SHIFT_MAX = 7,
};

/* ---- which it is ------------------------------------------------------------------- */

/* What a node may say of 8250 registers (serial/8250.yaml). */
struct told {
    bool has_shift, has_width;
    uint32_t shift, width, offset;
    bool big_endian;
};

/* False where it can be none: an access as wide as that would meet two registers. */
static bool take_told(struct console *console, const struct told *told)
{
    uint32_t shift = told->has_shift ? told->shift : console->shift;
    uint32_t width = told->has_width ? told->width : console->access;

    if (shift > SHIFT_MAX || (width != BYTES && width != HALVES && width != WORDS) ||
        width > 1u << shift)
        return false;
    console->shift = (uint8_t)shift;
    console->access = width == WORDS && told->big_endian ? WORDS_BIG_ENDIAN : (uint8_t)width;
    return true;
}

static bool take(struct console *console, const struct uart *uart, uint64_t base,
                 const struct told *told)
{
    struct console found = { uart_steps(uart), 0, uart->shift, uart->access };

    if (uart_is_8250(uart) && !take_told(&found, told))
        return false;
    if (uart_is_8250(uart))
        base += told->offset;
    if (base % 4 || base >> arch.address_bits)
        return false;
    found.base = (uintptr_t)base;
    *console = found;
    return true;
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

static struct told told_by(const struct shim_tree *tree, uint32_t node)
{
    struct told told = { 0 };

    told.has_shift = shim_cell(shim_prop(tree, node, SHIM_REG_SHIFT), &told.shift);
    told.has_width = shim_cell(shim_prop(tree, node, SHIM_REG_IO_WIDTH), &told.width);
    shim_cell(shim_prop_named(tree, node, "reg-offset"), &told.offset);
    told.big_endian = shim_prop_named(tree, node, "big-endian").at;
    return told;
}

bool console_find(struct console *console, const struct shim_tree *tree)
{
    uint32_t node = stdout_node(tree);
    const struct uart *uart;
    struct told told;
    uint64_t base;

    if (node == SHIM_NONE || !shim_available(tree, node))
        return false;
    uart = uart_of(tree, node);
    if (!uart || !shim_device_address(tree, node, &base))
        return false;
    told = told_by(tree, node);
    return take(console, uart, base, &told);
}

bool console_at(struct console *console, const char *compatible, uint64_t base, int shift,
                int width)
{
    const struct uart *uart = uart_named(compatible);
    struct told told = { .has_shift = shift >= 0, .has_width = width >= 0,
                         .shift = (uint32_t)shift, .width = (uint32_t)width };

    return uart && take(console, uart, base, &told);
}

/* ---- its registers ------------------------------------------------------------------- */

struct shim_range console_registers(const struct console *console)
{
    uint64_t size = 0;

    for (const struct uart_step *step = console->steps; step && step->does != UART_SHAPE; step++) {
        uint64_t end = ((uint64_t)step->at << console->shift) + sizeof(uint32_t);

        if (end > size)
            size = end;
    }
    return (struct shim_range){ console->base, size };
}

static uintptr_t place(const struct console *console, const struct uart_step *step)
{
    return console->base + ((uintptr_t)step->at << console->shift);
}

static uint32_t bits_of(const struct console *console, const struct uart_step *step)
{
    return register_read(place(console, step), console->access) & step->bits;
}

static void put_value(const struct console *console, const struct uart_step *step, uint32_t value)
{
    register_write(place(console, step), console->access, value);
}

static void clear_bits(const struct console *console, const struct uart_step *step)
{
    put_value(console, step, register_read(place(console, step), console->access) & ~step->bits);
}

/* A UART that lets it wait too long is no console any more. */
static void await(struct console *console, const struct uart_step *step, bool set)
{
    unsigned polls = 0;

    while (!bits_of(console, step) == set)
        if (++polls == PATIENCE) {
            console->steps = NULL;
            return;
        }
}

/* The step behind it. */
static const struct uart_step *do_step(struct console *console, const struct uart_step *step,
                                       uint8_t letter)
{
    switch (step->does) {
    case UART_AWAIT:
    case UART_AWAIT_CLEAR:
        await(console, step, step->does == UART_AWAIT);
        break;
    case UART_IF:
    case UART_IF_CLEAR:
        return step + (!bits_of(console, step) == (step->does == UART_IF_CLEAR) ? 1 : 2);
    case UART_WRITE:
        put_value(console, step, step->bits);
        break;
    case UART_CLEAR:
        clear_bits(console, step);
        break;
    case UART_LETTER:
        put_value(console, step, letter);
        break;
    default:
        register_write(place(console, step), BYTES, letter);
    }
    return step + 1;
}

static void put_letter(struct console *console, char letter)
{
    const struct uart_step *step = console->steps;

    while (console->steps && step->does != UART_SHAPE)
        step = do_step(console, step, (uint8_t)letter);
}

void console_put(struct console *console, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put_letter(console, '\r');
        put_letter(console, *text);
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
