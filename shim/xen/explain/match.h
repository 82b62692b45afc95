/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The words of a message with gaps, and what fills them in a log:
 *
 *     %i a number: an interrupt        %a an address, hexadecimal with or without 0x
 *     %u another number                %v a release, "4.20" of "4.20.5-pre"
 *     %p a node: its path or its name  %s a word without meaning
 *     %r all the rest
 *
 * '^' stands for the beginning. Blanks match any number of blanks.
 */
#ifndef DTSHIM_XEN_EXPLAIN_MATCH_H
#define DTSHIM_XEN_EXPLAIN_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHIM_TAKEN_ADDRESSES = 2 };

/* What filled the gaps; of several of one kind the first, of addresses the first two. */
struct shim_taken {
    bool has_interrupt, has_number;
    uint32_t interrupt, number;
    unsigned release;  /* 0: none */
    uint64_t address[SHIM_TAKEN_ADDRESSES];
    uint32_t addresses;
    const char *node;  /* node_len characters of the words that were looked at; NULL: none */
    uint32_t node_len;
    const char *rest;  /* likewise, to their end */
};

/* Does it contain the words? Cost: the length of both, times that of a word. */
bool shim_message_in(const char *pattern, const char *words, struct shim_taken *taken);

#endif
