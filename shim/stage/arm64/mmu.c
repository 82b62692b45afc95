// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the stage asks of the processor, but for the map's tables: map.c makes them. */
#include "shim/base/span.h"

#include "../cpu.h"

/* MAIR: 0 is Normal write-back read/write-allocate, 1 is Device-nGnRE. */
#define MAIR_VALUE 0x04ffull

/* TCR_EL2: T0SZ 16, inner shareable write-back walks, 4 KiB, RES1 bits 23, 31. */
#define TCR_VALUE (16ull | 1ull << 8 | 1ull << 10 | 3ull << 12 | 1ull << 23 | 1ull << 31)
enum { TCR_PS_SHIFT = 16, PARANGE_48 = 5 };

void stage_mmu_on(uint64_t tables, uint64_t tcr, uint64_t mair);

/* ---- caches ------------------------------------------------------------------ */

/* The logarithm of a line's bytes. */
static unsigned line_shift(void)
{
    uint64_t ctr;

    __asm__ volatile("mrs %0, ctr_el0" : "=r"(ctr));
    return 2 + (ctr >> 16 & 0xf);
}

/* All lines that meet the range: tens of MB have many, so it is sixteen a round. */
#define EACH_LINE(range, what)                                                                     \
    do {                                                                                           \
        unsigned shift = line_shift();                                                             \
        uint64_t at = (range).base >> shift << shift, line = (uint64_t)1 << shift;                 \
        uint64_t left = (shim_align_up(shim_range_end(range), line) - at) >> shift;                \
                                                                                                   \
        for (; left % 16; left--)                                                                  \
            __asm__ volatile(what ", %0\n\tadd %0, %0, %1" : "+r"(at) : "r"(line) : "memory");     \
        for (; left; left -= 16)                                                                   \
            __asm__ volatile(".rept 16\n\t" what ", %0\n\tadd %0, %0, %1\n\t.endr"                \
                             : "+r"(at) : "r"(line) : "memory");                                   \
        __asm__ volatile("dsb sy" : : : "memory");                                                 \
    } while (0)

void cpu_clean(struct shim_range range)
{
    EACH_LINE(range, "dc civac");
}

void cpu_invalidate(struct shim_range range)
{
    EACH_LINE(range, "dc ivac");
}

/* ARM DDI 0487, ID_AA64MMFR0_EL1.PARange; what is not known yet counts as the least. */
uint32_t cpu_address_bits(void)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52 };
    uint64_t features;

    __asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    features &= 0xf;
    return bits[features < sizeof(bits) ? features : 0];
}

void cpu_caches_on(const struct map *map)
{
    uint64_t tables = (uintptr_t)map->root, features;

    __asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    features &= 0xf;
    if (features > PARANGE_48)
        features = PARANGE_48;
    cpu_invalidate((struct shim_range){ tables, (uintptr_t)map->next - tables });
    stage_mmu_on(tables, TCR_VALUE | features << TCR_PS_SHIFT, MAIR_VALUE);
}

uint64_t cpu_level(void)
{
    uint64_t level;

    __asm__ volatile("mrs %0, CurrentEL" : "=r"(level));
    return level >> 2 & 3;
}

void cpu_mask_interrupts(void)
{
    __asm__ volatile("msr daifset, #0xf" : : : "memory");
}

bool cpu_mmu_is_on(void)
{
    uint64_t control;

    __asm__ volatile("mrs %0, sctlr_el2" : "=r"(control));
    return control & 1;
}

void cpu_order_writes(void)
{
    __asm__ volatile("dsb ishst" : : : "memory");
}

void cpu_map_changed(void)
{
    __asm__ volatile("dsb sy\n\tisb" : : : "memory");
}

_Noreturn void cpu_stop(void)
{
    while (true)
        __asm__ volatile("wfi");
}
