/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A FIT as mkimage makes it (flattened image tree, doc/uImage.FIT of U-Boot):
 * the default configuration names Xen as `firmware`, dom0's kernel as `kernel`
 * and, if there is one, its ramdisk as `ramdisk`.
 */
#ifndef DTSHIM_STAGE_FIT_H
#define DTSHIM_STAGE_FIT_H

#include <dtshim/facts.h>

#include "shim/fdt/tree.h"

/*
 * Adds the payload of the FIT at `fit` to the facts. Every image must carry at
 * least one hash, and every hash of it must be a crc32 or sha256 that agrees.
 * `fit` is 8-byte aligned, `avail` bytes may be read; data may lie inside the
 * tree or behind it (mkimage -E). The index is built in `arena`.
 *
 * Where payloads have to be signed (trust.h) the configuration must be, every image must
 * have a sha256, and `signers` gets the keys. Else it stays as it is.
 *
 * Errors: those of shim_tree_check(), SHIM_E_PAYLOAD, SHIM_E_MEMORY.
 */
enum shim_code fit_read(struct shim_facts *facts, const uint8_t *fit, size_t avail,
                        struct shim_arena *arena, uint32_t *signers, struct shim_error *error);

/*
 * Command lines that the default configuration has for Xen and for dom0 ("xen,xen-bootargs",
 * "xen,dom0-bootargs"), which are signed with it; NULL: none. Errors: as above.
 */
enum shim_code fit_lines(const uint8_t *at, size_t avail, struct shim_arena *arena,
                         const char **xen, const char **dom0, struct shim_error *error);

#endif
