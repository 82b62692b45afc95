/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The arm64 stage's first and last instructions.
 *
 * Entered as a Linux Image (Documentation/arm64/booting.rst): x0 = tree, MMU
 * and data cache off, interrupts masked. Runs wherever it was put, at any
 * 4 KiB boundary; elsewhere it gets as far as to say so.
 *
 *   x19  tree, as handed over
 *   x20  exception level
 */
#include "config.h"

#define SCTLR_RES1 0x30c50830
#define SCTLR_M  (1 << 0)  /* MMU */
#define SCTLR_C  (1 << 2)  /* data cache */
#define SCTLR_SA (1 << 3)  /* a stack pointer that is no multiple of 16 is an exception */
#define SCTLR_I  (1 << 12) /* instruction cache */
#define SCTLR_WXN (1 << 19) /* nothing that can be written is executed, whatever the map says */

	.section .head, "ax"
	.global stage_head
stage_head:
	.long	stage_code0		/* does no harm; stage.ld */
	b	start			/* code1 */
	.quad	0			/* text_offset */
	/* image_size: the linker script writes it, append-fit when a FIT follows */

	.section .head.flags, "ax"
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0			/* res2 */
	.quad	0			/* res3 */
	/* res4: the linker script writes the size of image and stack */

	.section .head.rest, "ax"
	.ascii	"ARM\x64"
	/* pe_header.S: where its own header is, and that itself */

	/* Not behind the header: U-Boot's bootefi loads little more than that of the first page. */
	.section .entry.start, "ax"
	.global stage_start
stage_start:
start:
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x19, x0
	mrs	x20, CurrentEL
	lsr	x20, x20, #2

	/*
	 * No interrupts, no SIMD, no stack yet: relocate, as pe_header.S says (PE/COFF, 5.6), by how
	 * far the image is from where its words say that it is. UEFI has done that already.
	 */
	adr	x1, stage_head
	adr	x2, stage_base
	ldr	x2, [x2]
	sub	x4, x1, x2
	cbz	x4, 2f
	adr	x2, stage_relocations
	adr	x3, stage_relocations_end
1:	ldp	w5, w6, [x2]		/* a block: its page and size */
	add	x6, x2, x6
	add	x5, x1, x5
	add	x2, x2, #8
3:	ldrh	w7, [x2], #2
	cmp	w7, #0x1000		/* type 0: none */
	b.lo	4f
	and	x7, x7, #0xfff
	ldr	x8, [x5, x7]
	add	x8, x8, x4
	str	x8, [x5, x7]
4:	cmp	x2, x6
	b.lo	3b
	cmp	x2, x3
	b.lo	1b
2:
	adr	x2, stage_bss_start
	adr	x3, stage_bss_end
3:	cmp	x2, x3
	b.hs	4f
	stp	xzr, xzr, [x2], #16
	b	3b
4:
	adr	x2, stage_stack_end
	mov	sp, x2

	adr	x2, stage_start
	cmp	x20, #2
	b.lo	5f
	b.hi	0f
	msr	vbar_el2, x2
	mrs	x2, sctlr_el2
	tbnz	x2, #0, 6f		/* MMU on: nothing of it may change, stage_main refuses */
	mrs	x2, hcr_el2
	bic	x2, x2, #(1 << 34)	/* E2H: its TCR_EL2 has another shape */
	msr	hcr_el2, x2
	b	6f
0:	msr	vbar_el3, x2
	b	6f
5:	msr	vbar_el1, x2
6:	isb

	mov	x0, x19
	mov	x1, x20
	mov	x29, xzr
	mov	x30, xzr
	bl	stage_main
7:	wfi
	b	7b

/*
 * Every exception ends in a message: none is expected. Only those of the
 * current level on its own stack can come (Arm ARM D1.3.1, offsets 0x200 to
 * 0x3ff of the table), so start is in the first half, and the text's pages are the table.
 */
	.irp	offset, 0x200, 0x280, 0x300, 0x380
	.org	\offset
	b	caught
	.endr

	.section .data.rel.ro, "aw"
	.balign	8
stage_base:
	.quad	stage_head

/* The stage's last words, for a board that shows none: words.c writes them. */
	.section .words, "aw"
	.skip	0x400

	.text
	.macro	what_happened level
	mrs	x0, esr_el\level
	mrs	x1, elr_el\level
	mrs	x2, far_el\level
	.endm
caught:
	mrs	x4, CurrentEL
	cmp	x4, #(2 << 2)
	b.lo	8f
	b.hi	7f
	what_happened 2
	b	9f
7:	what_happened 3
	b	9f
8:	what_happened 1
9:	adr	x3, stage_head
	sub	x1, x1, x3
	adr	x3, stage_stack_end
	mov	sp, x3
	bl	stage_exception
10:	wfi
	b	10b

/*
 * void stage_mmu_on(uint64_t tables, uint64_t tcr, uint64_t mair)
 * The identity map is complete; nothing stale may stay in TLB or I-cache. A TLB may keep
 * WXN as well, so it is set with the MMU, for what is not in there yet. Of the other bits, A
 * (no unaligned access) is left off: it protects nothing, and what slips through works.
 */
	.global stage_mmu_on
stage_mmu_on:
	msr	mair_el2, x2
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	dsb	sy
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	ldr	w3, =(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN)
	msr	sctlr_el2, x3
	isb
	ret
	.ltorg

/*
 * noreturn void stage_leave(uint64_t entry, uint64_t tree)
 * Xen: "MMU = off, D-cache = off", x0 = tree. What it reads is clean to the
 * point of coherency already; nothing is written from here on.
 */
	.global stage_leave
stage_leave:
	mov	x5, x0
	mov	x0, x1
	ldr	w3, =SCTLR_RES1
	dsb	sy
	msr	sctlr_el2, x3
	isb
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x5
	.ltorg
