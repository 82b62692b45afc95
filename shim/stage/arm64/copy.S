/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * void cpu_copy(void *to, const void *from, size_t len)
 * 512 bytes a round, in all of the SIMD registers. No other code of the stage uses any of them,
 * so none is kept; what is trapped at EL2 is as it was afterwards. A core that has none of them,
 * and what is less than a round: memcpy().
 */
#define ROUND 512
#define CPTR_TFP (1 << 10)	/* what uses a SIMD register is an exception */
#define PFR0_FP 16		/* ID_AA64PFR0_EL1: four bits, all of them ones if there are none */

	.macro	round op, at
	\op	q0, q1, [\at], #ROUND
	\op	q2, q3, [\at, #32 - ROUND]
	\op	q4, q5, [\at, #64 - ROUND]
	\op	q6, q7, [\at, #96 - ROUND]
	\op	q8, q9, [\at, #128 - ROUND]
	\op	q10, q11, [\at, #160 - ROUND]
	\op	q12, q13, [\at, #192 - ROUND]
	\op	q14, q15, [\at, #224 - ROUND]
	\op	q16, q17, [\at, #256 - ROUND]
	\op	q18, q19, [\at, #288 - ROUND]
	\op	q20, q21, [\at, #320 - ROUND]
	\op	q22, q23, [\at, #352 - ROUND]
	\op	q24, q25, [\at, #384 - ROUND]
	\op	q26, q27, [\at, #416 - ROUND]
	\op	q28, q29, [\at, #448 - ROUND]
	\op	q30, q31, [\at, #480 - ROUND]
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
1:	round	ldp, x1
	round	stp, x0
2:	subs	x2, x2, #ROUND
	b.hs	1b
	add	x2, x2, #ROUND
	msr	cptr_el2, x3
	isb
	b	memcpy
