// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The checks of the header, for every content of a blob of PROOF_BYTES bytes. */
#include <stdint.h>

#include "__fc_builtin.h"

static uint64_t blob[(PROOF_BYTES + 7) / 8];

#include "proof.h"

/* Only the offsets of the three blocks say where a read goes. */
static uint32_t proof_word(const void *at)
{
    size_t offset = (size_t)((const uint8_t *)at - (const uint8_t *)blob);

    if (offset >= FDT_OFF_STRUCTS && offset <= FDT_OFF_RESERVE)
        return proof_between(at, 40, PROOF_BYTES);
    return shim_be32(at);
}

#define shim_be32(at) proof_word(at)
#include "shim/fdt/header.c"

static struct shim_tree tree;
static struct shim_error error;

void proof_header(void)
{
    size_t avail = (size_t)Frama_C_interval(0, PROOF_BYTES);

    Frama_C_make_unknown((char *)blob, PROOF_BYTES);
    tree.blob = (const uint8_t *)blob;
    if (shim_check_header(&tree, avail, &error))
        return;
    //@ assert tree.structs_len <= PROOF_BYTES;
    //@ assert (const uint8_t *)blob + 40 <= tree.structs;
    //@ assert tree.structs + tree.structs_len <= (const uint8_t *)blob + PROOF_BYTES;
    //@ assert tree.strings + tree.strings_len <= (const char *)blob + PROOF_BYTES;
    Frama_C_show_each_accepted(tree.structs_len, tree.strings_len);
}
