/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The one helper that the compiler calls by itself: a division of 64 bits, which no instruction
 * does. __aeabi_uldivmod(numerator r0:r1, denominator r2:r3) gives the quotient in r0:r1 and the
 * remainder in r2:r3 (Run-time ABI for the Arm Architecture, 5.3.1).
 */
	.syntax unified
	.arch	armv7ve
	.thumb

	.section .text.divide, "ax"
	.global __aeabi_uldivmod
	.type	__aeabi_uldivmod, %function
	.thumb_func
__aeabi_uldivmod:
	push	{r4-r8, lr}
	mov	r4, #0			/* r4:r5 the remainder so far; r0:r1 loses a bit at the */
	mov	r5, #0			/* top, and gets one of the quotient at the bottom */
	mov	r6, #64
1:	adds	r0, r0, r0
	adcs	r1, r1, r1
	adcs	r4, r4, r4
	adcs	r5, r5, r5
	bcs	2f			/* a 65th bit: it is larger than any denominator */
	cmp	r4, r2
	sbcs	r7, r5, r3
	bcc	3f
2:	subs	r4, r4, r2
	sbc	r5, r5, r3
	orr	r0, r0, #1
3:	subs	r6, r6, #1
	bne	1b
	mov	r2, r4
	mov	r3, r5
	pop	{r4-r8, pc}
