/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where UEFI enters (UEFI 2.10, 2.3.6): x0 = image, x1 = system table, MMU and caches on, at EL2
 * or EL1, on a stack of the firmware's. What the AAPCS64 wants kept is kept on that stack.
 */
	.section .entry.efi, "ax"
	.global stage_efi_entry
stage_efi_entry:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x2, sp
	bl	firmware_main

/* noreturn void firmware_return(const void *frame, efi_status status) */
	.global firmware_return
firmware_return:
	mov	sp, x0
	mov	x0, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
