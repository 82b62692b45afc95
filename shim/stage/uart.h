/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The UARTs that the stage can print on, as data: which registers one letter takes, and
 * in which order. All of them are left as firmware has set them up.
 */
#ifndef DTSHIM_STAGE_UART_H
#define DTSHIM_STAGE_UART_H

#include "registers.h"
#include "shim/fdt/tree.h"

enum uart_does {
    UART_SHAPE,       /* the steps of shape `at` follow, up to the next one of these */
    UART_AWAIT,       /* until one of the bits is set */
    UART_AWAIT_CLEAR, /* until none is */
    UART_IF,          /* the next step is done only if one of the bits is set, */
    UART_IF_CLEAR,    /* only if none is */
    UART_WRITE,       /* the bits, and zeros */
    UART_CLEAR,       /* the bits; the others are written as they were read */
    UART_LETTER,      /* is written here */
    UART_LETTER_BYTE, /* the same as one byte, whatever the other registers are */
};

struct uart_step {
    uint8_t does;
    uint16_t at;
    uint32_t bits;
};

/* What a compatible string stands for. */
struct uart {
    char compatible[29];
    uint8_t shape;
    uint8_t shift;  /* registers are 2^shift times as far apart as the steps say */
    uint8_t access; /* enum register_access */
};

/* NULL: none of that name is known. */
const struct uart *uart_named(const char *compatible);

/* By the first of the node's compatibles that is known; NULL: none is. */
const struct uart *uart_of(const struct shim_tree *tree, uint32_t node);

/* 8250 registers, whose place, distance and width the tree may tell (serial/8250.yaml). */
bool uart_is_8250(const struct uart *uart);

/* What one letter takes, up to the next UART_SHAPE. */
const struct uart_step *uart_steps(const struct uart *uart);

#endif
