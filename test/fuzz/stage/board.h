/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a tree says of the machine, read with libfdt alone: the other side of the stage's view. */
#ifndef DTSHIM_FUZZ_BOARD_H
#define DTSHIM_FUZZ_BOARD_H

#include "machine.h"

enum { BOARD_HEAD = 96, /* of a module: an Image's header, and who it is */
       BOARD_HYPERVISORS = 8,
       BOARD_RESERVED = 64 };

struct board {
    bool carried;               /* by a payload: nothing that the tree names may start */
    uint8_t hypervisors[BOARD_HYPERVISORS][BOARD_HEAD]; /* what may start, as it begins */
    unsigned hypervisor_count;
    bool untold;                /* there are more, or some of which there is less than that */
    bool by_record;             /* a record may say what it is instead */
    struct shim_range reserved[BOARD_RESERVED], no_map[BOARD_RESERVED];
    unsigned reserved_count, no_map_count;
};

/* The banks that the tree's memory nodes name; one at 0x80000000 where it names none. */
void board_banks(struct machine *machine, const void *tree, size_t len);

/*
 * Fills modules, as `kinds` chooses, and reserved memory; NULL: they are as the run before left
 * them. False: the tree's modules lie where the stage's image is, and nothing can be said.
 */
bool board_take(struct board *board, const struct machine *machine, const void *tree, size_t len,
                const uint8_t *payload, size_t payload_len, const uint8_t *kinds);

/* Does something start so that may start? */
bool board_may_start(const struct board *board, const uint8_t *head);

bool board_reserved_is_whole(const struct board *board);

/* Changes one byte of one property; most of the time of what dtshim wrote. */
void board_tamper(void *tree, const uint8_t *choices);

#endif
