/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Into the guest and back out of it, and down to firmware. */

#define FRAME 256	/* x0 to x30, 16-byte aligned */

	.text

/*
 * noreturn void guest_enter(uint64_t kernel, uint64_t tree)
 * As the arm64 boot protocol asks: x0 = tree, x1 to x3 zero
 * (Documentation/arm64/booting.rst). SPSR_EL2 is set.
 */
	.global guest_enter
guest_enter:
	adr	x2, guest_vectors
	msr	vbar_el2, x2
	msr	elr_el2, x0
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	isb
	eret

/*
 * void firmware_call(uint64_t *x)
 * x0 to x3 are arguments and results; x4 to x17 may be lost, as in any call
 * (SMC Calling Convention, DEN 0028).
 */
	.global firmware_call
firmware_call:
	str	x0, [sp, #-16]!
	ldp	x2, x3, [x0, #16]
	ldp	x0, x1, [x0]
	smc	#0
	ldr	x4, [sp], #16
	stp	x0, x1, [x4]
	stp	x2, x3, [x4, #16]
	ret

/*
 * Sixteen entries of 128 bytes: synchronous, IRQ, FIQ and SError from EL2 on
 * SP_EL0, from EL2, from a 64-bit and from a 32-bit guest (Arm ARM D1.3.1).
 */
	.balign	2048
guest_vectors:
	.irp	entry, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	128
	stp	x0, x1, [sp, #-FRAME]!
	mov	x1, #\entry
	b	trapped
	.endr

trapped:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x0, sp
	bl	guest_trapped		/* (registers, entry) */
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #FRAME
	eret
