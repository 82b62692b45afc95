/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A machine for the stage in this process: RAM at its true addresses, and an MMU that the
 * stage's map rules. What it has not mapped cannot be touched, nor what it has mapped as a device,
 * but through its registers; what it has mapped to be read cannot be written.
 */
#ifndef DTSHIM_FUZZ_MACHINE_H
#define DTSHIM_FUZZ_MACHINE_H

#include "shim/base/range.h"

enum { MACHINE_IMAGE = 512 << 10,  /* of the stage, with its stack */
       MACHINE_WORDS_AT = 0x1000, MACHINE_WORDS = 0x400 };

enum machine_end {
    MACHINE_STOPPED,     /* with the last words in memory */
    MACHINE_STARTED,     /* what lies at machine.entry, with the tree at machine.tree */
    MACHINE_NO_RAM,      /* the tree named RAM that is none: an exception on a real machine */
    MACHINE_RETURNED,    /* to what had called it: UEFI */
    MACHINE_PASSED,      /* somebody else's program runs */
};

struct machine {
    struct shim_range banks[32];
    unsigned bank_count;
    bool invented;       /* no tree names the bank, so nobody could know that it is not a device */
    uint64_t stage;      /* where the image is */
    uint64_t own;        /* what its header says that it needs */
    uint8_t registers;   /* what devices answer */
    bool mmu_was_on;
    unsigned tables;     /* how many ranges its map can take */
    uint64_t level;
    uint64_t entry, tree;
};

/* Adds a bank; what meets one that is there is left out. */
void machine_bank(struct machine *machine, struct shim_range bank);

/* False: this process cannot have RAM there. All of it can be written, until it runs. */
bool machine_make(struct machine *machine);
void machine_unmake(struct machine *machine);

/* What the image's header says that it needs, with so many bytes of payload behind it. */
uint64_t machine_own(size_t payload);

/* Puts the image's header, and the payload, where machine->stage and machine->own say. */
void machine_load(const struct machine *machine, const uint8_t *payload, size_t len);

/* Is all of it in one bank? */
bool machine_has(const struct machine *machine, struct shim_range range);

/* Enters stage_main(). When it ends all RAM can be written again. */
enum machine_end machine_run(struct machine *machine, uint64_t tree, uint64_t level);

/* The same by another entry, which does not return; and how it ends. */
enum machine_end machine_enter(struct machine *machine, void (*enter)(void *), void *self);
_Noreturn void machine_end_run(enum machine_end end);

/* Until its map is in force, of the RAM in that range. */
void machine_allow(struct shim_range range, bool read, bool write);

/* Of the last run: was all of it mapped as memory, and clean in the caches at the end? */
bool machine_mapped(struct shim_range range);
bool machine_cleaned(struct shim_range range);

#endif
