/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The encoding of a flattened device tree (Devicetree Specification 0.4, 5.2-5.4). */
#ifndef DTSHIM_FDT_FDT_H
#define DTSHIM_FDT_FDT_H

enum {
    FDT_OFF_MAGIC = 0,
    FDT_OFF_TOTALSIZE = 4,
    FDT_OFF_STRUCTS = 8,
    FDT_OFF_STRINGS = 12,
    FDT_OFF_RESERVE = 16,
    FDT_OFF_VERSION = 20,
    FDT_OFF_COMPATIBLE_VERSION = 24,
    FDT_OFF_BOOT_CPU = 28,
    FDT_OFF_STRINGS_SIZE = 32,
    FDT_OFF_STRUCTS_SIZE = 36,

    FDT_VERSION = 17,
    FDT_COMPATIBLE_VERSION = 16,

    FDT_BEGIN_NODE = 1,
    FDT_END_NODE = 2,
    FDT_PROP = 3,
    FDT_NOP = 4,
    FDT_END = 9,

    FDT_TOKEN = 4,         /* bytes of a token */
    FDT_PROP_HEADER = 12,  /* token, length, name offset */
    FDT_RESERVE_ENTRY = 16,
};

#define FDT_MAGIC 0xd00dfeedu

/* Lengths inside the structure block are padded to four bytes. */
#define FDT_PAD(len) (((len) + 3) & ~3u)

#endif
