// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the stage asks of the processor, in Hyp mode (ARM DDI 0406C; by its names). */
#include "shim/base/span.h"
#include "shim/xen/image.h"

#include "../cpu.h"

/* HMAIR0: 0 is Normal write-back read/write-allocate, 1 is Device. */
#define HMAIR0_VALUE 0x04ffu

/* HTCR: T0SZ 0, inner shareable write-back walks, RES1 bits 23, 31. */
#define HTCR_VALUE (1u << 8 | 1u << 10 | 3u << 12 | 1u << 23 | 1u << 31)

/* What a 32-bit Xen lets stage 2 translate: PADDR_BITS of arch/arm/include/asm/page-bits.h. */
enum { STAGE2_BITS = 40 };

void stage_mmu_on(uint32_t tables, uint32_t htcr, uint32_t hmair0);

/* ---- caches ------------------------------------------------------------------ */

/* The logarithm of a line's bytes. */
static unsigned line_shift(void)
{
    uint32_t ctr;

    __asm__ volatile("mrc p15, 0, %0, c0, c0, 1" : "=r"(ctr));
    return 2 + (ctr >> 16 & 0xf);
}

/* By the number of lines: a range may end where addresses do. */
static uint32_t lines_of(struct shim_range range, unsigned shift)
{
    uint64_t line = (uint64_t)1 << shift;

    return (uint32_t)((shim_align_up(shim_range_end(range), line) -
                       shim_align_down(range.base, line)) >> shift);
}

/* All lines that meet the range: tens of MB have many, so it is eight a round. */
#define EACH_LINE(range, register)                                                                 \
    do {                                                                                           \
        unsigned shift = line_shift();                                                             \
        uint32_t at = (uint32_t)(range).base >> shift << shift, line = 1u << shift;                \
        uint32_t left = lines_of(range, shift);                                                    \
                                                                                                   \
        for (; left % 8; left--)                                                                   \
            __asm__ volatile("mcr p15, 0, %0, " register "\n\tadd %0, %0, %1"                      \
                             : "+r"(at) : "r"(line) : "memory");                                   \
        for (; left; left -= 8)                                                                    \
            __asm__ volatile(".rept 8\n\tmcr p15, 0, %0, " register "\n\tadd %0, %0, %1\n\t.endr"  \
                             : "+r"(at) : "r"(line) : "memory");                                   \
        __asm__ volatile("dsb sy" : : : "memory");                                                 \
    } while (0)

void cpu_clean(struct shim_range range)
{
    EACH_LINE(range, "c7, c14, 1"); /* DCCIMVAC */
}

void cpu_invalidate(struct shim_range range)
{
    EACH_LINE(range, "c7, c6, 1"); /* DCIMVAC */
}

/* Eight bytes a round, as the library has it. */
const uint8_t *cpu_next_name(const uint8_t *at, const uint8_t *past)
{
    return shim_next_name(at, past);
}

uint32_t cpu_address_bits(void)
{
    return STAGE2_BITS;
}

void cpu_caches_on(const struct map *map)
{
    uintptr_t tables = (uintptr_t)map->root;

    cpu_invalidate((struct shim_range){ tables, (uintptr_t)map->next - tables });
    stage_mmu_on(tables, HTCR_VALUE, HMAIR0_VALUE);
}

bool cpu_mmu_is_on(void)
{
    uint32_t control;

    __asm__ volatile("mrc p15, 4, %0, c1, c0, 0" : "=r"(control)); /* HSCTLR */
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
