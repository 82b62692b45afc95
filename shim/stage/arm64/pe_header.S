/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What UEFI reads of the image (PE/COFF, "Microsoft Portable Executable and Common Object
 * File Format Specification" 8.3; UEFI 2.10, 2.1.1). Addresses and sizes are stage.ld's. As
 * the bare stage maps them, no section is both written and executed.
 */
#define MACHINE_ARM64       0xaa64
#define EXECUTABLE          0x0002
#define LINES_STRIPPED      0x0004
#define DEBUG_STRIPPED      0x0200
#define PE32_PLUS           0x020b
#define EFI_APPLICATION     10
#define NX_COMPAT           0x0100

#define CODE                0x00000020
#define INITIALIZED         0x00000040
#define UNINITIALIZED       0x00000080
#define EXECUTE             0x20000000
#define READ                0x40000000
#define WRITE               0x80000000

#define PAGE                4096

	.section .head.rest, "a"
	.global pe_header
pe_header:
	.long	0x40			/* where the header is */

	.ascii	"PE\0\0"
	.short	MACHINE_ARM64
	.short	(sections_end - sections) / 40
	.long	0			/* time: of the same source the same bytes */
	.long	0, 0			/* no symbols */
	.short	sections - optional
	.short	EXECUTABLE | LINES_STRIPPED | DEBUG_STRIPPED

optional:
	.short	PE32_PLUS
	.byte	0, 0			/* the linker's version */
	.long	pe_text_size
	.long	pe_initialized_size
	.long	pe_data_size
	.long	pe_entry
	.long	pe_text
	.quad	0			/* linked at 0, and relocated */
	.long	PAGE			/* SectionAlignment */
	.long	512			/* FileAlignment */
	.short	0, 0, 0, 0, 0, 0	/* versions of OS, image, subsystem */
	.long	0
	.long	pe_image_size
	.long	pe_words		/* headers: the first page */
	.long	0			/* no check sum */
	.short	EFI_APPLICATION
	.short	NX_COMPAT
	.quad	0, 0, 0, 0		/* stack and heap are the firmware's */
	.long	0
	.long	6			/* directories */
	.quad	0, 0, 0, 0		/* exports, imports, resources, exceptions */
	.quad	0			/* signature: sbsign writes it */
	.long	pe_relocations
	.long	pe_relocations_size

	/* What the file has of most sections lies in it where it lies in memory. */
	.macro	section name, address, size, raw, at, flags
9:	.ascii	"\name"
	.skip	8 - (. - 9b)
	.long	\size, \address, \raw, \at
	.long	0, 0, 0			/* no relocations and lines of its own */
	.long	\flags
	.endm

sections:
	section	".words", pe_words, pe_words_size, pe_words_size, pe_words, INITIALIZED | READ | WRITE
	section	".text", pe_text, pe_text_size, pe_text_size, pe_text, CODE | READ | EXECUTE
	section	".rodata", pe_constants, pe_constants_size, pe_constants_size, pe_constants, \
		INITIALIZED | READ
	/* The file has it behind the constants. Signers want sections in one order here and there. */
	section	".sbat", pe_sbat, pe_sbat_size, pe_sbat_raw, pe_sbat_at, INITIALIZED | READ
	section	".bss", pe_data, pe_data_size, 0, 0, UNINITIALIZED | READ | WRITE
	section	".memory", pe_memory, pe_memory_size, 0, 0, UNINITIALIZED | READ | WRITE
sections_end:
	.skip	40			/* for a payload: append-fit */
