/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where boards have RAM, by their SoC: a hint for the user who has to give it, never a default. */
#ifndef DTSHIM_BOARD_RAM_BASES_H
#define DTSHIM_BOARD_RAM_BASES_H

/*
 * Words like "0x80000000 (41 trees)", the compatibles that they are on, each once, and an empty
 * word; packed, see shim_word().
 */
extern const char shim_ram_bases[];

#endif
