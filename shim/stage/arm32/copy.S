/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * void cpu_copy(void *to, const void *from, size_t len)
 * 128 bytes a round, eight registers at once. What is not aligned to words, and what is less than
 * a round: memcpy().
 */
#define ROUND 128

	.syntax unified
	.arch	armv7ve
	.thumb

	.text
	.global cpu_copy
	.type	cpu_copy, %function
	.thumb_func
cpu_copy:
	orr	r3, r0, r1
	tst	r3, #3
	bne	memcpy
	push	{r4-r10}
	b	2f
1:	.rept	ROUND / 32
	ldm	r1!, {r3-r10}
	stm	r0!, {r3-r10}
	.endr
2:	subs	r2, r2, #ROUND
	bhs	1b
	add	r2, r2, #ROUND
	pop	{r4-r10}
	b	memcpy
