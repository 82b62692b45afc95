/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * const uint8_t *cpu_next_name(const uint8_t *at, const uint8_t *past)
 * What shim_next_name() finds, for a megabyte. 64 bytes a round have an 'x' or 'X', or are passed by;
 * those that have one are looked at again, sixteen starts at a time, each with the byte behind it. As in
 * copy.S nobody else uses a SIMD register. A core that has none, and the last bytes: shim_next_name().
 */
#define ROUND 64
#define CPTR_TFP (1 << 10)	/* what uses a SIMD register is an exception */
#define PFR0_FP 16		/* ID_AA64PFR0_EL1: four bits, all of them ones if there are none */

	.text
	.global cpu_next_name
	.type	cpu_next_name, %function
cpu_next_name:
	mrs	x3, id_aa64pfr0_el1
	ubfx	x3, x3, #PFR0_FP, #4
	cmp	x3, #0xf
	b.eq	shim_next_name
	mrs	x3, cptr_el2
	bic	x4, x3, #CPTR_TFP
	msr	cptr_el2, x4
	isb
	movi	v16.16b, #0x20		/* what 'x' has, and 'X' has not */
	movi	v17.16b, #'x'
	movi	v18.16b, #'e'
	movi	v19.16b, #'X'
	sub	x4, x1, #ROUND + 1	/* the last start of a round, and one byte behind it is read */

1:	cmp	x0, x4
	b.gt	4f
	ld1	{v0.16b-v3.16b}, [x0], #ROUND
	.irp	part, 0, 1, 2, 3
	orr	v\part\().16b, v\part\().16b, v16.16b
	cmeq	v\part\().16b, v\part\().16b, v17.16b
	.endr
	orr	v0.16b, v0.16b, v1.16b
	orr	v2.16b, v2.16b, v3.16b
	orr	v0.16b, v0.16b, v2.16b
	umaxv	s0, v0.4s
	fmov	w5, s0
	cbz	w5, 1b

	sub	x2, x0, #ROUND
2:	ldur	q1, [x2, #1]
	ldr	q0, [x2], #16
	cmeq	v2.16b, v0.16b, v17.16b
	cmeq	v3.16b, v1.16b, v18.16b
	and	v2.16b, v2.16b, v3.16b
	cmeq	v0.16b, v0.16b, v19.16b
	cmeq	v1.16b, v1.16b, #0
	and	v0.16b, v0.16b, v1.16b
	orr	v0.16b, v0.16b, v2.16b
	shrn	v0.8b, v0.8h, #4	/* four bits are left of each byte */
	fmov	x5, d0
	cbnz	x5, 3f
	cmp	x2, x0
	b.lo	2b
	b	1b

3:	rbit	x5, x5
	clz	x5, x5
	sub	x2, x2, #16
	add	x0, x2, x5, lsr #2
	msr	cptr_el2, x3
	isb
	ret

4:	msr	cptr_el2, x3
	isb
	b	shim_next_name
