/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The list that edits.c builds and splice.c carries out. */
#ifndef DTSHIM_FDT_EDIT_H
#define DTSHIM_FDT_EDIT_H

#include "shim/fdt/edits.h"

enum shim_edit_kind {
    EDIT_REMOVE, /* skip `len` bytes of the input */
    EDIT_COPY,   /* insert `len` bytes of the input from offset `from` */
    EDIT_BEGIN,  /* insert a node's begin, with its name */
    EDIT_NAME,   /* insert a node's name alone */
    EDIT_PROP,   /* insert a property */
    EDIT_END,    /* insert a node's end */
};

/* At the same place a node's new properties go before its new children. */
enum shim_edit_rank { RANK_PROPERTY, RANK_CHILD };

struct shim_edit {
    struct shim_edit *next, *previous;
    uint32_t at; /* offset in the input's structure block */
    uint8_t kind;
    uint8_t rank;
    uint32_t from;   /* EDIT_COPY: offset; EDIT_PROP: name's string offset */
    uint32_t len;    /* of the removal, the copy, or the value */
    const void *bytes;
};

struct shim_new_name {
    struct shim_new_name *next;
    const char *name;
    uint32_t offset;
    uint32_t len; /* with NUL; 0: the string is in the input already */
};

struct shim_new_reserve {
    struct shim_new_reserve *next;
    struct shim_range range;
};

#endif
