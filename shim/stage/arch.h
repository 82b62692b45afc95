/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is different of the architectures, but for instructions (cpu.h). */
#ifndef DTSHIM_STAGE_ARCH_H
#define DTSHIM_STAGE_ARCH_H

#include <stdint.h>

/* What to do, where it depends on how U-Boot starts the stage. */
enum arch_remedy {
    REMEDY_LEVEL,   /* it is not in the hypervisor's mode */
    REMEDY_PAGE,    /* it lies at no multiple of 4096 */
    REMEDY_MMU,     /* the MMU is on */
    REMEDY_OWN,     /* something lies in its memory */
    REMEDY_NO_TREE,
    REMEDY_OVERLAY, /* the tree is an overlay */
    REMEDIES
};

struct arch {
    uint32_t bits;                /* of what it starts: 64, an arm64 Image; 32, an arm32 zImage */
    uint32_t address_bits;        /* of its pointers, and so of the identity map */
    uint32_t ram_bits;            /* of a memory's address */
    uint32_t first_level;         /* of the tables: 0, or 1 for up to 39 bits */
    const char *beyond;           /* words for what lies above them */
    const char *hypervisor_level; /* how people call the one that is needed */
    const char *tree_register;    /* where the tree's address came in */
    const char *no_native;        /* why contract native is refused; NULL: it is not */
    const char *remedy[REMEDIES];
};

extern const struct arch arch;

static inline uint64_t arch_address_end(void)
{
    return (uint64_t)1 << arch.address_bits;
}

/* Where only the name of U-Boot's command is different. */
#define ARCH_REMEDIES(command)                                                                    \
    [REMEDY_MMU] = "start the stage with " command " or bootm, which turn them off; go does not", \
    [REMEDY_OWN] = "load it elsewhere; " command " keeps the stage's memory free by itself",      \
    [REMEDY_NO_TREE] = "give it one: " command " <stage> - <tree> in U-Boot",                     \
    [REMEDY_OVERLAY] = "give the stage the board's tree; in U-Boot, before " command ", fdt "     \
                       "addr BOARD, fdt resize 10000 and fdt apply OVERLAY merge the two"

#endif
