/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * How Xen numbers frames: without the widest run of address bits that no RAM uses
 * (init_pdx(), pfn_pdx_hole_setup(); 4.21: pfn_pdx_compression_setup() by mask, which is the
 * default on Arm).
 */
#ifndef DTSHIM_MODEL_PDX_H
#define DTSHIM_MODEL_PDX_H

#include "shim/base/range.h"

struct shim_pdx {
    unsigned bottom; /* the first bit of the run, counted in frame numbers */
    unsigned width;  /* 0: there is none */
};

/* The address bits that a bank of RAM uses; those of all banks together tell what is left out. */
uint64_t shim_pdx_bits(struct shim_range bank);
struct shim_pdx shim_pdx_of(uint64_t bits);

/* Frame number to index. */
uint64_t shim_pdx(struct shim_pdx pdx, uint64_t frame);

#endif
