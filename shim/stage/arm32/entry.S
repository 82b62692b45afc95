/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The arm32 stage's first and last instructions.
 *
 * Entered as a Linux zImage (Documentation/arch/arm/booting.rst): r2 = tree, MMU and data
 * cache off. Runs wherever it was put, at any 4 KiB boundary; elsewhere it gets as far as to
 * say so. These are ARM instructions, as U-Boot enters with; the rest is Thumb.
 *
 *   r9   tree, as handed over
 *   r8   exception level: 2 is Hyp mode
 */
#include "config.h"

	.syntax unified
	.arch	armv7ve
	.arm

#define MODE_USER 0x10
#define MODE_HYP  0x1a
#define MODE_MASK 0x1f

#define HSCTLR_RES1 0x30c50830	/* exceptions in ARM state, little endian */
#define HSCTLR_M  (1 << 0)	/* MMU */
#define HSCTLR_C  (1 << 2)	/* data cache */
#define HSCTLR_I  (1 << 12)	/* instruction cache */
#define HSCTLR_WXN (1 << 19)	/* nothing that can be written is executed, whatever the map says */

#define SCTLR_V   (1 << 13)	/* vectors at 0xffff0000 */
#define SCTLR_TE  (1 << 30)	/* exceptions in Thumb state */

	.section .head, "ax"
	.global stage_head
stage_head:
	.rept	8
	mov	r0, r0
	.endr
	b	start
	.word	0x016f2818
	.word	0			/* start: anywhere in memory */
	/* end: the linker script writes it, append-fit when a FIT follows */

	.section .head.flags, "ax"
	.word	0x04030201		/* little endian */
	.ascii	"dtsh"			/* where newer kernels name a table that this has not */
	/* the linker script writes the size of image and stack, for append-fit */

	.section .entry.start, "ax"
start:
	cpsid	aif
	mov	r9, r2
	mrs	r4, cpsr
	and	r4, r4, #MODE_MASK
	mov	r8, #1
	cmp	r4, #MODE_HYP
	moveq	r8, #2
	cmp	r4, #MODE_USER
	moveq	r8, #0

	/* Relocate, in blocks as PE/COFF has them (5.6), by how far it is from where its words say. */
	adr	r0, places
	ldm	r0, {r1-r7}
	add	r1, r1, r0		/* stage_head */
	add	r2, r2, r0		/* stage_base */
	add	r3, r3, r0		/* stage_relocations */
	add	r4, r4, r0		/* stage_relocations_end */
	add	r5, r5, r0		/* stage_bss_start */
	add	r6, r6, r0		/* stage_bss_end */
	add	sp, r7, r0		/* stage_stack_end */
	ldr	r2, [r2]
	subs	r2, r1, r2
	beq	4f
1:	ldm	r3, {r10, r11}		/* a block: its page and size */
	add	r11, r11, r3
	add	r10, r10, r1
	add	r3, r3, #8
2:	ldrh	r7, [r3], #2
	cmp	r7, #0x1000		/* type 0: none */
	blo	3f
	bfc	r7, #12, #20
	ldr	r12, [r10, r7]
	add	r12, r12, r2
	str	r12, [r10, r7]
3:	cmp	r3, r11
	blo	2b
	cmp	r3, r4
	blo	1b

4:	mov	r0, #0
5:	cmp	r5, r6
	strlo	r0, [r5], #4
	blo	5b

	adr	r0, vectors
	cmp	r8, #2
	bne	6f
	mcr	p15, 4, r0, c12, c0, 0	/* HVBAR */
	mrc	p15, 4, r0, c1, c0, 0	/* HSCTLR */
	tst	r0, #HSCTLR_M		/* on: nothing of it may change, stage_main refuses */
	ldreq	r0, =HSCTLR_RES1
	mcr	p15, 4, r0, c1, c0, 0
	b	7f
6:	mcr	p15, 0, r0, c12, c0, 0	/* VBAR */
	mrc	p15, 0, r0, c1, c0, 0	/* SCTLR */
	bic	r0, r0, #SCTLR_V
	bic	r0, r0, #SCTLR_TE
	mcr	p15, 0, r0, c1, c0, 0
7:	isb

	mov	r0, r9
	mov	r1, #0
	mov	r2, r8
	mov	r3, #0
	mov	lr, #0
	bl	stage_main
8:	wfi
	b	8b
	.ltorg

places:
	.word	stage_head - places, stage_base - places
	.word	stage_relocations - places, stage_relocations_end - places
	.word	stage_bss_start - places, stage_bss_end - places, stage_stack_end - places

/*
 * Every exception ends in a message: none is expected. In Hyp mode all are taken there (ARM DDI
 * 0406C, B1.8.1, table B1-3); elsewhere each in a mode of its own.
 */
	.balign	32
vectors:
	b	caught			/* reset */
	b	caught			/* undefined instruction */
	b	caught			/* supervisor or hypervisor call */
	b	fetch_caught		/* prefetch abort */
	b	caught			/* data abort */
	b	caught			/* Hyp trap */
	b	caught			/* IRQ */
	b	caught			/* FIQ */

	/* r0 = syndrome, r12 = address of the instruction, r3 = address that it meant */
caught:
	mrs	r4, cpsr
	and	r4, r4, #MODE_MASK
	cmp	r4, #MODE_HYP
	beq	9f
	mrc	p15, 0, r0, c5, c0, 0	/* DFSR */
	mrc	p15, 0, r3, c6, c0, 0	/* DFAR */
	sub	r12, lr, #8
	b	say
9:	mrc	p15, 4, r3, c6, c0, 0	/* HDFAR */
	b	10f
fetch_caught:
	mrs	r4, cpsr
	and	r4, r4, #MODE_MASK
	cmp	r4, #MODE_HYP
	mrceq	p15, 4, r3, c6, c0, 2	/* HIFAR */
	beq	10f
	mrc	p15, 0, r0, c5, c0, 1	/* IFSR */
	mrc	p15, 0, r3, c6, c0, 2	/* IFAR */
	sub	r12, lr, #4
	b	say
10:	mrc	p15, 4, r0, c5, c2, 0	/* HSR */
	mrs	r12, elr_hyp
say:
	adr	r4, places
	ldm	r4, {r1, r2}
	ldr	r2, [r4, #24]
	add	r1, r1, r4
	sub	r2, r2, #8		/* the last argument's place */
	add	sp, r2, r4
	mov	r5, #0
	str	r3, [sp]
	str	r5, [sp, #4]
	sub	r2, r12, r1
	mov	r1, #0
	mov	r3, #0
	bl	stage_exception
11:	wfi
	b	11b

	.section .data.rel.ro, "aw"
	.balign	4
stage_base:
	.word	stage_head

/* The stage's last words, for a board that shows none: words.c writes them. */
	.section .words, "aw"
	.skip	0x400

	.text
/*
 * void stage_mmu_on(uint32_t tables, uint32_t htcr, uint32_t hmair0)
 * The identity map is complete; nothing stale may stay in TLB or I-cache.
 */
	.global stage_mmu_on
	.type	stage_mmu_on, %function
stage_mmu_on:
	mov	r3, #0
	mcr	p15, 4, r2, c10, c2, 0	/* HMAIR0 */
	mcr	p15, 4, r1, c2, c0, 2	/* HTCR */
	mcrr	p15, 4, r0, r3, c2	/* HTTBR */
	dsb	sy
	mcr	p15, 4, r3, c8, c7, 0	/* TLBIALLH */
	mcr	p15, 0, r3, c7, c5, 0	/* ICIALLU */
	mcr	p15, 0, r3, c7, c5, 6	/* BPIALL */
	dsb	sy
	isb
	ldr	r3, =(HSCTLR_RES1 | HSCTLR_M | HSCTLR_C | HSCTLR_I | HSCTLR_WXN)
	mcr	p15, 4, r3, c1, c0, 0
	isb
	bx	lr
	.ltorg

/*
 * noreturn void stage_leave(uint64_t entry, uint64_t tree)
 * Xen: MMU and data cache off, r0 = 0, r1 of no meaning, r2 = tree. What it reads is clean to
 * the point of coherency already; nothing is written from here on.
 */
	.global stage_leave
	.type	stage_leave, %function
stage_leave:
	mov	r5, r0
	mov	r0, #0
	ldr	r3, =HSCTLR_RES1
	dsb	sy
	mcr	p15, 4, r3, c1, c0, 0
	isb
	mcr	p15, 4, r0, c8, c7, 0	/* TLBIALLH */
	mcr	p15, 0, r0, c7, c5, 0	/* ICIALLU */
	mcr	p15, 0, r0, c7, c5, 6	/* BPIALL */
	dsb	sy
	isb
	mvn	r1, #0
	mov	r3, #0
	bx	r5
	.ltorg
