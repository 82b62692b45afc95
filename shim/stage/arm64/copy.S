/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * void cpu_copy(void *to, const void *from, size_t len)
 * 64 bytes with an instruction, and 1024 a round, in all of the SIMD registers. No other code of
 * the stage uses any of them, so none is kept; what is trapped at EL2 is as it was afterwards. A
 * core that has none of them, and what is less than 64 bytes: memcpy().
 */
#define ROUND 1024
#define PART 64
#define CPTR_TFP (1 << 10)	/* what uses a SIMD register is an exception */
#define PFR0_FP 16		/* ID_AA64PFR0_EL1: four bits, all of them ones if there are none */

	/* Bytes: nothing has to be aligned. */
	.macro	half op, at
	\op	{v0.16b-v3.16b}, [\at], #PART
	\op	{v4.16b-v7.16b}, [\at], #PART
	\op	{v8.16b-v11.16b}, [\at], #PART
	\op	{v12.16b-v15.16b}, [\at], #PART
	\op	{v16.16b-v19.16b}, [\at], #PART
	\op	{v20.16b-v23.16b}, [\at], #PART
	\op	{v24.16b-v27.16b}, [\at], #PART
	\op	{v28.16b-v31.16b}, [\at], #PART
	.endm

	.text
	.global cpu_copy
	.type	cpu_copy, %function
cpu_copy:
	mrs	x3, id_aa64pfr0_el1
	ubfx	x3, x3, #PFR0_FP, #4
	cmp	x3, #0xf
	b.eq	memcpy
	mrs	x3, cptr_el2
	bic	x4, x3, #CPTR_TFP
	msr	cptr_el2, x4
	isb
	b	2f
1:	.rept	2
	half	ld1, x1
	half	st1, x0
	.endr
2:	subs	x2, x2, #ROUND
	b.hs	1b
	add	x2, x2, #ROUND
	b	4f
3:	ld1	{v0.16b-v3.16b}, [x1], #PART
	st1	{v0.16b-v3.16b}, [x0], #PART
4:	subs	x2, x2, #PART
	b.hs	3b
	add	x2, x2, #PART
	msr	cptr_el2, x3
	isb
	b	memcpy
