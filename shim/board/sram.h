/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * On-chip memory as the hypervisor maps it: whole pages in runs of one memory
 * type. What the guest sees, the nodes with their sub-allocations, phandles and
 * names, stays as it is.
 */
#ifndef DTSHIM_BOARD_SRAM_H
#define DTSHIM_BOARD_SRAM_H

#include "shim/base/range.h"
#include "shim/fdt/tree.h"

/* Strictest first (ARM DDI 0487, B2.7; D5.5 for stage 2). */
enum shim_memory_type {
    SHIM_DEVICE_NGNRE,
    SHIM_DEVICE_GRE,
    SHIM_NORMAL_NC,
    SHIM_NORMAL_WB,
    SHIM_MEMORY_TYPES,
};

const char *shim_memory_type_word(enum shim_memory_type type);

/* False for a word that is not one of the four. */
bool shim_memory_type_of(const char *word, enum shim_memory_type *type);

struct shim_board;

/*
 * For each node the type that memory-types give it, plus 1; 0: none. NULL: the policy has no list.
 * Errors: SHIM_E_POLICY, SHIM_E_MEMORY.
 */
enum shim_code shim_read_told_types(const struct shim_board *board, const uint8_t **types,
                                    struct shim_error *error);

struct shim_sram_region {
    struct shim_sram_region *next;
    uint32_t node;
    struct shim_range outer; /* its reg[0] as the CPU sees it */
    bool meets_ram;
};

struct shim_sram_run {
    struct shim_range pages;
    enum shim_memory_type type;
};

#endif
