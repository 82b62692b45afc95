/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The witness: a hypervisor for one guest that does what the design of 2013
 * asks of one, and nothing else. It takes dom0's tree as dtshim hands it over,
 * reads where dom0's memory is and how far machine addresses are from it, and
 * gives all of the board to the guest. It edits no tree.
 *
 * "Arm ARM" is ARM DDI 0487.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include "../../shim/stage/console.h"
#include "shim/board/sram.h"
#include "shim/fdt/tree.h"
#include "shim/plan/record.h"

/* ---- what the processor offers ------------------------------------------------- */

#define READ_REGISTER(name)                                     \
    __extension__({                                             \
        uint64_t value_;                                        \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));      \
        value_;                                                 \
    })
#define WRITE_REGISTER(name, value) \
    __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

/* ---- stage 2 --------------------------------------------------------------------- */

enum { GUEST_ADDRESS_BITS = 40 };

/* Tables that translate guest to machine addresses, taken from a fixed pool. */
struct stage2 {
    uint64_t *root;
    uint8_t *next; /* free tables */
    uint8_t *limit;
    bool full;     /* the pool was too small: something is not mapped */
};

/* `pool` is 8 KiB aligned. */
void stage2_init(struct stage2 *tables, uint8_t *pool, uint64_t size);

/* Can all of it be said in GUEST_ADDRESS_BITS? */
bool stage2_reaches(struct shim_range guest);

/*
 * Maps whole pages of guest addresses, within reach, to those at `machine`.
 * What is mapped already stays as it is.
 */
void stage2_map(struct stage2 *tables, struct shim_range guest, uint64_t machine,
                enum shim_memory_type type);

/* Makes the tables the guest's. */
void stage2_install(const struct stage2 *tables);

/* What the processor makes of a guest address; false: nothing. */
bool stage2_translate(uint64_t guest, uint64_t *machine);

/* ---- the tree ----------------------------------------------------------------------- */

/* What the tree that dtshim handed over says, in its own words. */
struct board {
    const struct shim_tree *tree;
    const struct shim_sink *sink;
    uint64_t address_mask;    /* the root's address cells: the offset is modulo these */
    struct shim_range memory; /* dom0's, guest addresses: /memory */
    uint64_t offset;          /* /hypervisor dma-offset, or 0 */
    struct shim_record record; /* with the machine's RAM, and the block behind dom0's */
    uint64_t kernel;          /* guest address: the "multiboot,kernel" in /chosen */
};

/* Reads it all. The reason, if something is missing; else NULL. */
const char *board_read(struct board *board, const struct shim_tree *tree,
                       const struct shim_sink *sink);

/* Machine is guest plus offset: the one rule there is. */
uint64_t board_machine(const struct board *board, uint64_t guest);

/* Does the block behind dom0's memory lie in the machine's RAM, where the record says? */
bool board_block_is_sound(const struct board *board);

/* dom0's memory, on-chip memory with its types, devices 1:1, and nothing else. */
const char *board_map(const struct board *board, struct stage2 *tables);

/* ---- the guest ---------------------------------------------------------------------- */

/* All that the guest may use without asking. */
void guest_prepare(void);

/* Where traps are told of; `sink` must stay. */
void guest_report_to(const struct shim_sink *sink);

/* At EL1, x0 = tree; all addresses are the guest's. In enter.S. */
_Noreturn void guest_enter(uint64_t kernel, uint64_t tree);

/* Switches the machine off (PSCI), or stops where that does not work. */
_Noreturn void machine_off(void);

#endif
